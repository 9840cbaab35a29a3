/** Measures of a card in world units, and what follows from them. */

import type { LayerForm } from "./catalogue";
import { edgesInto, edgesOutOf, type GraphDocument, type GraphNode, type Point } from "./document";

export const NODE_WIDTH = 184;
export const NODE_HEIGHT = 40;
/** How much a handle of a port that takes many lies right of the one before. */
const VARIADIC_STEP = 40;
export const SNAP = 4;

/** A drawn port. A port that takes many has a handle for each wire, in order, and one for the next. */
export interface Handle {
  /** Unique among the handles of its side: the port's name, and the place for a port that takes many. */
  id: string;
  port: string;
  index: number | null;
  /** Distance of its centre from the card's left edge. */
  x: number;
  /** Nothing is wired to it and nothing has to be: it stands aside and shows itself when it may be wanted. */
  spare: boolean;
}

export function handleId(port: string, index: number | null): string {
  return index === null ? port : `${port}:${index}`;
}

export function inputHandles(document: GraphDocument, node: GraphNode, layer: LayerForm): Handle[] {
  const middle = NODE_WIDTH / 2;
  const only = layer.inputs[0];
  if (layer.inputs.length === 1 && only?.variadic) {
    const wires = edgesInto(document, node.id, only.name).length;
    return Array.from({ length: wires + 1 }, (_, index) => ({
      id: handleId(only.name, index),
      port: only.name,
      index,
      x: Math.min(middle + index * VARIADIC_STEP, NODE_WIDTH - 12),
      spare: index === wires && index > 0,
    }));
  }
  const wired = new Set(edgesInto(document, node.id).map((edge) => edge.target_port));
  return spread(layer.inputs.map((port) => ({ name: port.name, spare: !!port.optional && !wired.has(port.name) })));
}

export function outputHandles(document: GraphDocument, node: GraphNode, layer: LayerForm): Handle[] {
  if (layer.outputs.length < 2) return spread(layer.outputs.map(({ name }) => ({ name, spare: false })));
  const wired = new Set(edgesOutOf(document, node.id).map((edge) => edge.source_port));
  return spread(layer.outputs.map(({ name }, i) => ({ name, spare: i > 0 && !wired.has(name) })));
}

/** Ports spread evenly; the spare ones stand at the right, out of the way of a straight wire. */
function spread(ports: { name: string; spare: boolean }[]): Handle[] {
  const count = ports.filter((port) => !port.spare).length;
  let used = 0;
  let aside = ports.length - count;
  return ports.map(({ name, spare }) => {
    if (spare) aside -= 1;
    else used += 1;
    const x = spare ? NODE_WIDTH - 16 - aside * 16 : Math.round((NODE_WIDTH * used) / (count + 1));
    return { id: name, port: name, index: null, x, spare };
  });
}

export function snap(value: number): number {
  return Math.round(value / SNAP) * SNAP;
}

export interface Alignment {
  position: Point;
  /** World coordinates of the lines that explain the place; null where nothing lines up. */
  x: number | null;
  y: number | null;
}

const CATCH = 6;

/** The place near `position` where the card lines up with another, and the lines that show it. */
export function align(others: readonly GraphNode[], position: Point): Alignment {
  let [x, y] = [snap(position[0]), snap(position[1])];
  let lineX: number | null = null;
  let lineY: number | null = null;
  let nearestX = CATCH + 1;
  let nearestY = CATCH + 1;
  for (const other of others) {
    const dx = Math.abs(other.position[0] - position[0]);
    const dy = Math.abs(other.position[1] - position[1]);
    if (dx < nearestX) {
      nearestX = dx;
      x = other.position[0];
      lineX = x + NODE_WIDTH / 2;
    }
    if (dy < nearestY) {
      nearestY = dy;
      y = other.position[1];
      lineY = y + NODE_HEIGHT / 2;
    }
  }
  return { position: [x, y], x: lineX, y: lineY };
}
