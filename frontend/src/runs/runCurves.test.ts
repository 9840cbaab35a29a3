import { expect, test } from "vitest";
import { axisPosition, runCurves } from "./runCurves";
import { RunLog } from "./runLog";

const TIME = "2026-11-19T10:00:00.000Z";

/** A run of `numSteps` whose gradient norm is known at steps 1, 51, 101, ... and is the step's number. */
function logWithSparseNorms(numSteps: number): RunLog {
  const log = new RunLog();
  const steps = Array.from({ length: numSteps }, (_, index) => index + 1);
  const gradient_norm = steps.map((step) => (step % 50 === 1 ? step : null));
  const values = { "train/loss": steps.map(() => 1), rate: steps.map((step) => step), gradient_norm };
  log.apply({ type: "point", step: 1, values, seq: 1, time: TIME });
  return log;
}

function draw(log: RunLog, metric: string, smoothing: number) {
  const toX = axisPosition(log, "steps", 100);
  return runCurves(log, metric, { smoothing, toX, labels: { train: "train", val: "val" }, share: 1 });
}

test("a quantity known at some steps is a line through these, smoothed or not", () => {
  const log = logWithSparseNorms(201);
  const [plain, ...others] = draw(log, "gradient_norm", 0);
  expect(others).toEqual([]);
  expect(plain?.x).toEqual([1, 51, 101, 151, 201]);
  expect(plain?.y).toEqual([1, 51, 101, 151, 201]);
  const smoothed = draw(logWithSparseNorms(20_001), "gradient_norm", 0.5).find((curve) => curve.look === "line");
  expect(smoothed?.x.length).toBeGreaterThan(300);
  expect(smoothed?.x.every((x) => x % 50 === 1)).toBe(true);
  expect(smoothed?.y.some(Number.isNaN)).toBe(false);
});

test("the loss of every step is drawn as before, the rate without a split", () => {
  const log = logWithSparseNorms(120);
  expect(draw(log, "loss", 0)[0]?.x).toHaveLength(120);
  expect(draw(log, "rate", 0)[0]).toMatchObject({ look: "line" });
  expect(draw(log, "rate", 0)[0]?.y.slice(0, 3)).toEqual([1, 2, 3]);
});
