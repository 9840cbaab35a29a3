import { expect, test } from "vitest";
import { decimate, evenly, fittingWeight, quantileRange, smooth } from "./curves";

test("smoothing starts at the first value and follows a step without overshooting", () => {
  const smoothed = smooth(Float64Array.from([4, 4, 4, 0, 0]), 0.5);
  expect([...smoothed.slice(0, 3)]).toEqual([4, 4, 4]);
  expect(smoothed[3]).toBeGreaterThan(0);
  expect(smoothed[4]).toBeLessThan(smoothed[3] as number);
});

test("no smoothing gives the values themselves", () => {
  expect([...smooth(Float64Array.from([3, 1, 2]), 0)]).toEqual([3, 1, 2]);
});

test("a missing value stays missing and does not spoil the average", () => {
  const smoothed = smooth(Float64Array.from([2, Number.NaN, 2]), 0.9);
  expect(smoothed[1]).toBeNaN();
  expect(smoothed[2]).toBeCloseTo(2, 12);
});

test("a short curve is drawn whole", () => {
  expect(decimate(Float64Array.from([3, 1, 2]), 100)).toEqual([0, 1, 2]);
});

test("a long curve keeps its ends and every peak and valley, ascending and without repeats", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, index) => Math.sin(index / 700));
  values[41_234] = 9;
  values[77_777] = -9;
  const kept = decimate(values, 400);
  expect(kept.length).toBeLessThanOrEqual(802);
  expect(kept[0]).toBe(0);
  expect(kept.at(-1)).toBe(99_999);
  expect(kept).toContain(41_234);
  expect(kept).toContain(77_777);
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
});

test("a single spike of raw values does not set the range, one of the main line does", () => {
  const x = Array.from({ length: 500 }, (_, index) => index);
  const y = x.map(() => 1);
  y[10] = 50;
  y[20] = 0.5;
  expect(quantileRange([{ look: "raw", x, y }], 0, 500, false)).toEqual([1, 1]);
  expect(quantileRange([{ look: "dots", x, y }], 0, 500, false)).toEqual([0.5, 50]);
});

test("the range of a part of the axis is that of its own values", () => {
  const curve = { look: "line" as const, x: [1, 2, 3, 4], y: [10, 5, 2, 1] };
  expect(quantileRange([curve], 3, 4, false)).toEqual([1, 2]);
});

test("even thinning keeps both ends", () => {
  expect(evenly(5, 100)).toEqual([0, 1, 2, 3, 4]);
  const kept = evenly(1000, 50);
  expect(kept.length).toBeLessThanOrEqual(51);
  expect([kept[0], kept.at(-1)]).toEqual([0, 999]);
  expect(evenly(0, 10)).toEqual([]);
});

test("a short curve is smoothed less, a long one as asked", () => {
  expect(fittingWeight(0.98, 100)).toBeCloseTo(0.9, 12);
  expect(fittingWeight(0.98, 8000)).toBe(0.98);
  expect(fittingWeight(0.98, 5)).toBe(0);
});
