import { expect, test } from "vitest";
import { align } from "./geometry";
import { type Box, isNear, middleOf, routeWire, type Spot, wirePath } from "./route";

function cuts(spots: Spot[], box: Box): boolean {
  return spots.slice(1).some((end, i) => {
    const start = spots[i]!;
    const inside = (low: number, high: number, from: number, to: number) =>
      Math.max(from, to) > low + 1 && Math.min(from, to) < high - 1;
    return inside(box.x, box.x + 184, start.x, end.x + 0.01) && inside(box.y, box.y + 40, start.y, end.y + 0.01);
  });
}

test("a wire between cards above each other is straight", () => {
  expect(routeWire({ x: 92, y: 40 }, { x: 92, y: 64 }, [])).toHaveLength(2);
});

test("a wire to the side turns in the gap above its target", () => {
  expect(routeWire({ x: 92, y: 40 }, { x: 316, y: 80 }, [])).toEqual([
    { x: 92, y: 40 },
    { x: 92, y: 68 },
    { x: 316, y: 68 },
    { x: 316, y: 80 },
  ]);
});

test("a wire past a card goes round it, down and up", () => {
  const box = { x: 0, y: 64 };
  for (const target of [
    { x: 92, y: 128 },
    { x: 132, y: 160 },
    { x: 92, y: -40 },
  ]) {
    const spots = routeWire({ x: 92, y: 40 }, target, [box, { x: 0, y: 0 }, { x: target.x - 92, y: target.y }]);
    expect(cuts(spots, box)).toBe(false);
    expect(spots.at(-1)).toEqual(target);
  }
});

test("a path has rounded corners and its middle lies on it", () => {
  const spots = routeWire({ x: 0, y: 0 }, { x: 100, y: 60 }, []);
  expect(wirePath(spots).match(/Q/g)).toHaveLength(2);
  expect(isNear(spots, middleOf(spots), 0.1)).toBe(true);
  expect(isNear(spots, { x: 50, y: 10 }, 8)).toBe(false);
});

test("a dragged card lines up with the one it is nearly above", () => {
  const other = { id: "n1", name: "a", type: "ReLU", params: {}, position: [100, 0] as [number, number] };
  expect(align([other], [104, 200])).toEqual({ position: [100, 200], x: 192, y: null });
  expect(align([other], [131, 201]).position).toEqual([132, 200]);
});
