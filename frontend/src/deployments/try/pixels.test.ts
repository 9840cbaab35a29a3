import { expect, test } from "vitest";
import { blank, dab, stroke } from "./pixels";

test("a dab is brightest in the middle and leaves the rest black", () => {
  const pixels = blank(28, 28);
  dab(pixels, 14.5, 14.5, false);
  expect(pixels.values[14 * 28 + 14]).toBe(1);
  expect(pixels.values[14 * 28 + 15]).toBeGreaterThan(0);
  expect(pixels.values[14 * 28 + 15]).toBeLessThan(1);
  expect(pixels.values[0]).toBe(0);
});

test("a stroke has no gaps, and the eraser takes it away", () => {
  const pixels = blank(28, 28);
  stroke(pixels, [4, 10.5], [24, 10.5], false);
  for (let x = 4; x < 24; x++) expect(pixels.values[10 * 28 + x]).toBeGreaterThan(0.5);
  stroke(pixels, [4, 10.5], [24, 10.5], true);
  for (let x = 5; x < 23; x++) expect(pixels.values[10 * 28 + x]).toBeLessThan(0.05);
});

test("drawing over the edge stays inside", () => {
  const pixels = blank(8, 8);
  stroke(pixels, [-3, -3], [11, 11], false);
  expect(pixels.values).toHaveLength(64);
  expect(pixels.values.some((value) => value > 0)).toBe(true);
});
