import type { Curve } from "./charts/chart";
import { decimate, evenly, fittingWeight, knownIndices, smooth } from "./curves";
import { isOfSteps } from "./metrics";
import type { RunLog } from "./runLog";

export type Axis = "epochs" | "steps" | "time";

/** How many columns of points a curve over the whole axis is thinned to; one over a part of it to fewer. */
const DRAWN_COLUMNS = 480;
const FEWEST_COLUMNS = 60;

interface CurveView {
  smoothing: number;
  toX: (step: number) => number;
  labels: { train: string; val: string };
  /** The share of the axis that the steps so far take, 0 to 1. */
  share: number;
}

/** The two lines of a chart: the training values of every step, smoothed, and the validation values of each epoch. */
export function runCurves(log: RunLog, metric: string, { smoothing, toX, labels, share }: CurveView): Curve[] {
  const curves: Curve[] = [];
  const series = log.series.get(isOfSteps(metric) ? metric : `train/${metric}`);
  if (series && series.length > 0) {
    // Between steps without a value the line goes straight on, and smoothing looks at those with one only.
    const known = knownIndices(series.values);
    const values = Float64Array.from(known, (index) => series.values[index] as number);
    const columns = Math.max(FEWEST_COLUMNS, Math.round(DRAWN_COLUMNS * share));
    const smoothed = smooth(values, fittingWeight(smoothing, values.length));
    if (smoothing > 0) {
      curves.push(stepCurve("raw", values, known, decimate(values, Math.ceil(columns / 2))));
      curves.push(stepCurve("line", smoothed, known, evenly(smoothed.length, columns)));
    } else {
      curves.push(stepCurve("line", values, known, decimate(values, columns)));
    }
  } else {
    curves.push(epochCurve("train"));
  }
  if (!isOfSteps(metric)) curves.push(epochCurve("val"));
  return curves.filter((curve) => curve.x.length > 0);

  function stepCurve(look: "raw" | "line", values: Float64Array, steps: Uint32Array, drawn: number[]): Curve {
    return {
      id: `train-${look}`,
      label: labels.train,
      color: "--chart-train",
      look,
      x: drawn.map((index) => toX((steps[index] as number) + 1)),
      y: drawn.map((index) => values[index] as number),
    };
  }

  function epochCurve(split: "train" | "val"): Curve {
    const points = log.epochValues(`${split}/${metric}`);
    return {
      id: split,
      label: labels[split],
      color: `--chart-${split}`,
      look: "dots",
      x: points.map(([step]) => toX(step)),
      y: points.map(([, value]) => value),
    };
  }
}

/** Where a step stands on the axis: in epochs, in steps, or in seconds since the training began. */
export function axisPosition(log: RunLog, axis: Axis, stepsPerEpoch: number): (step: number) => number {
  if (axis === "steps") return (step) => step;
  if (axis === "epochs") return (step) => step / stepsPerEpoch;
  const { marks } = log;
  const start = log.startedSeconds ?? marks[0]?.seconds ?? 0;
  return (step) => {
    const after = firstMarkAt(log, step);
    const mark = marks[after];
    if (mark === undefined) return (marks[marks.length - 1]?.seconds ?? start) - start;
    const before = marks[after - 1] ?? { step: 0, seconds: start };
    const share = (step - before.step) / (mark.step - before.step || 1);
    return before.seconds + share * (mark.seconds - before.seconds) - start;
  };
}

/** The index of the first mark at or after `step`. */
function firstMarkAt(log: RunLog, step: number): number {
  let low = 0;
  let high = log.marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log.marks[middle]?.step ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Steps a second between the last marks of the log, oldest first. */
export function recentSpeeds(log: RunLog, count: number): number[] {
  const marks = log.marks.slice(-count - 1);
  const speeds: number[] = [];
  for (let index = 1; index < marks.length; index++) {
    const [from, to] = [marks[index - 1], marks[index]];
    if (from && to && to.seconds > from.seconds && to.step > from.step) {
      speeds.push((to.step - from.step) / (to.seconds - from.seconds));
    }
  }
  return speeds;
}
