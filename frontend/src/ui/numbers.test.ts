import { expect, test } from "vitest";
import { formatBytes, formatCount, formatExact, formatRate, formatSeconds, formatShare } from "./numbers";

test("counts keep three figures and their unit", () => {
  expect([0, 650, 77_386, 999_999, 47_600_000].map(formatCount)).toEqual(["0", "650", "77.4 k", "1.00 M", "47.6 M"]);
});

test("sizes are binary", () => {
  expect([12, 100_352, 112 * 2 ** 20].map(formatBytes)).toEqual(["12 B", "98.0 KiB", "112 MiB"]);
});

test("exact numbers are grouped", () => {
  expect(formatExact(203_530)).toBe("203,530");
});

test("times name the two largest units", () => {
  expect([0, 0.0021, 0.054, 54, 336, 7260].map(formatSeconds)).toEqual([
    "0 s",
    "2.1 ms",
    "54 ms",
    "54 s",
    "5 min 36 s",
    "2 h 1 min",
  ]);
});

test("rates are powers of ten and shares have one decimal", () => {
  expect([0.001, 0.00025, 0.0001].map(formatRate)).toEqual(["1e-3", "2.5e-4", "1e-4"]);
  expect(formatShare(0.9164)).toBe("91.6%");
});
