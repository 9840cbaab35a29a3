/** Orthogonal wires that run down and go round cards. */

import { NODE_HEIGHT, NODE_WIDTH } from "./geometry";

export interface Spot {
  x: number;
  y: number;
}

/** A card in the way, by its upper left corner. */
export interface Box {
  x: number;
  y: number;
}

const CLEARANCE = 12;
const RADIUS = 8;

function crossesDown(boxes: readonly Box[], x: number, top: number, bottom: number): Box | undefined {
  return boxes.find(
    (box) => x > box.x - CLEARANCE && x < box.x + NODE_WIDTH + CLEARANCE && top < box.y + NODE_HEIGHT && bottom > box.y,
  );
}

/** The corners of the wire from an output at `from` to an input at `to`. */
export function routeWire(from: Spot, to: Spot, boxes: readonly Box[]): Spot[] {
  const gap = to.y - from.y;
  if (gap >= CLEARANCE) {
    if (Math.abs(from.x - to.x) < 1 && !crossesDown(boxes, from.x, from.y + 1, to.y - 1)) return [from, to];
    const low = to.y - Math.min(CLEARANCE, gap / 2);
    const high = from.y + Math.min(2 * CLEARANCE, gap / 2);
    // Turn as late as the source's column is free, else as early as the target's is.
    if (!crossesDown(boxes, from.x, from.y + 1, low) && acrossFree(boxes, from.x, to.x, low)) {
      return [from, { x: from.x, y: low }, { x: to.x, y: low }, to];
    }
    if (!crossesDown(boxes, to.x, high, to.y - 1) && acrossFree(boxes, from.x, to.x, high)) {
      return [from, { x: from.x, y: high }, { x: to.x, y: high }, to];
    }
    return around(from, to, high, low, boxes);
  }
  return around(from, to, from.y + CLEARANCE, to.y - CLEARANCE, boxes);
}

function acrossFree(boxes: readonly Box[], x1: number, x2: number, y: number): boolean {
  const left = Math.min(x1, x2);
  const right = Math.max(x1, x2);
  return !boxes.some(
    (box) => y > box.y - 2 && y < box.y + NODE_HEIGHT + 2 && right > box.x && left < box.x + NODE_WIDTH,
  );
}

/** Sideways to a free column, along it, and back. */
function around(from: Spot, to: Spot, high: number, low: number, boxes: readonly Box[]): Spot[] {
  const top = Math.min(high, low);
  const bottom = Math.max(high, low);
  const x = freeColumn(from.x, to.x, top, bottom, boxes);
  return [from, { x: from.x, y: high }, { x, y: high }, { x, y: low }, { x: to.x, y: low }, to];
}

function freeColumn(x1: number, x2: number, top: number, bottom: number, boxes: readonly Box[]): number {
  const inTheWay = boxes.filter((box) => box.y < bottom && box.y + NODE_HEIGHT > top);
  const candidates = inTheWay.flatMap((box) => [box.x - CLEARANCE * 1.5, box.x + NODE_WIDTH + CLEARANCE * 1.5]);
  const cost = (x: number) => Math.abs(x - x1) + Math.abs(x - x2);
  const free = candidates.filter((x) => !crossesDown(inTheWay, x, top, bottom));
  return free.reduce((best, x) => (cost(x) < cost(best) ? x : best), free[0] ?? Math.max(x1, x2) + NODE_WIDTH);
}

/** The path of a wire in SVG, its corners rounded. */
export function wirePath(spots: readonly Spot[]): string {
  const first = spots[0]!;
  let path = `M${first.x} ${first.y}`;
  for (let i = 1; i < spots.length - 1; i += 1) {
    const [before, corner, after] = [spots[i - 1]!, spots[i]!, spots[i + 1]!];
    const into = Math.hypot(corner.x - before.x, corner.y - before.y);
    const out = Math.hypot(after.x - corner.x, after.y - corner.y);
    if (into < 0.5 || out < 0.5) continue;
    const radius = Math.min(RADIUS, into / 2, out / 2);
    const start = towards(corner, before, radius / into);
    const end = towards(corner, after, radius / out);
    path += `L${start.x} ${start.y}Q${corner.x} ${corner.y} ${end.x} ${end.y}`;
  }
  const last = spots.at(-1)!;
  return `${path}L${last.x} ${last.y}`;
}

function towards(from: Spot, to: Spot, share: number): Spot {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** The middle of the wire by length, where its "+" stands. */
export function middleOf(spots: readonly Spot[]): Spot {
  const lengths = spots.slice(1).map((spot, i) => Math.hypot(spot.x - spots[i]!.x, spot.y - spots[i]!.y));
  let left = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (const [i, length] of lengths.entries()) {
    if (left <= length) return towards(spots[i]!, spots[i + 1]!, length === 0 ? 0 : left / length);
    left -= length;
  }
  return spots.at(-1)!;
}

/** Whether a spot lies on the wire, within `reach`. */
export function isNear(spots: readonly Spot[], spot: Spot, reach: number): boolean {
  return spots.slice(1).some((end, i) => {
    const start = spots[i]!;
    const left = Math.min(start.x, end.x) - reach;
    const right = Math.max(start.x, end.x) + reach;
    const top = Math.min(start.y, end.y) - reach;
    const bottom = Math.max(start.y, end.y) + reach;
    return spot.x >= left && spot.x <= right && spot.y >= top && spot.y <= bottom;
  });
}
