/**
 * An exponential moving average that starts unbiased: the first value is the first smoothed value.
 * NaN stays NaN and is left out of the average. `weight` is the share the past keeps, from 0 (no smoothing) to below 1.
 */
export function smooth(values: Float64Array, weight: number): Float64Array {
  const smoothed = new Float64Array(values.length);
  let average = 0;
  let remaining = 1;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (Number.isNaN(value)) {
      smoothed[index] = Number.NaN;
      continue;
    }
    average = weight * average + (1 - weight) * value;
    remaining *= weight;
    smoothed[index] = average / (1 - remaining);
  }
  return smoothed;
}

/** `weight`, lowered so that the average looks back over a tenth of the curve at most: a short one would lag behind itself. */
export function fittingWeight(weight: number, numValues: number): number {
  return Math.max(0, Math.min(weight, 1 - 10 / numValues));
}

/** The indices at which there is a value: a quantity may be known at some steps only. */
export function knownIndices(values: Float64Array): Uint32Array {
  const known = new Uint32Array(values.length);
  let count = 0;
  for (let index = 0; index < values.length; index++) {
    if (!Number.isNaN(values[index] as number)) known[count++] = index;
  }
  return known.subarray(0, count);
}

/**
 * Which indices of `values` to draw so that the picture at `buckets` columns is that of all of them: the first and the
 * last, and of each bucket the smallest and the largest value. Ascending, without repeats.
 */
export function decimate(values: Float64Array, buckets: number): number[] {
  const length = values.length;
  if (length <= buckets * 2) {
    return Array.from({ length }, (_, index) => index);
  }
  const kept: number[] = [];
  const keep = (index: number) => {
    if (kept[kept.length - 1] !== index) {
      kept.push(index);
    }
  };
  keep(0);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * length) / buckets);
    const end = Math.floor(((bucket + 1) * length) / buckets);
    const [low, high] = extremes(values, start, end);
    if (low !== -1) {
      keep(Math.max(Math.min(low, high), kept[kept.length - 1] as number));
      keep(Math.max(low, high));
    }
  }
  keep(length - 1);
  return kept;
}

/** At most about `count` indices below `length`, evenly, the first and the last among them. */
export function evenly(length: number, count: number): number[] {
  const stride = Math.max(1, length / count);
  const kept: number[] = [];
  for (let place = 0; place < length - 1; place += stride) kept.push(Math.floor(place));
  if (length > 0) kept.push(length - 1);
  return kept;
}

/** Indices of the smallest and largest value from `start` to before `end`, or -1 where there is only NaN. */
function extremes(values: Float64Array, start: number, end: number): [low: number, high: number] {
  let low = -1;
  let high = -1;
  for (let index = start; index < end; index++) {
    const value = values[index] as number;
    if (Number.isNaN(value)) {
      continue;
    }
    if (low === -1 || value < (values[low] as number)) {
      low = index;
    }
    if (high === -1 || value > (values[high] as number)) {
      high = index;
    }
  }
  return [low, high];
}

/** How many values of a curve are looked at to find its range. */
const RANGE_SAMPLES = 1000;

interface Points {
  look: "raw" | "line" | "dots";
  x: readonly number[];
  y: readonly number[];
}

/**
 * The range of y that curves take between two x: of the values of steps without the outer hundredths, so that the start
 * and single spikes do not flatten the rest; of dots all. `positive` leaves out what a log scale cannot show.
 */
export function quantileRange(
  curves: readonly Points[],
  from: number,
  to: number,
  positive: boolean,
): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const curve of curves) {
    const stride = Math.max(1, Math.floor(curve.x.length / RANGE_SAMPLES));
    const inView: number[] = [];
    for (let index = 0; index < curve.x.length; index += stride) {
      const x = curve.x[index] as number;
      const y = curve.y[index] as number;
      if (x >= from && x <= to && !Number.isNaN(y) && (!positive || y > 0)) inView.push(y);
    }
    if (inView.length === 0) continue;
    inView.sort((a, b) => a - b);
    const cut = curve.look === "dots" ? 0 : Math.floor(inView.length / 100);
    low = Math.min(low, inView[cut] as number);
    high = Math.max(high, inView[inView.length - 1 - cut] as number);
  }
  if (low > high) return positive ? [0.1, 1] : [0, 1];
  return [low, high];
}
