import { formatExact, formatLoss, formatRate, formatShare } from "../ui/numbers";

/** Stands where a figure does not exist yet. */
export const NO_FIGURE = "–";

/** `val/label/accuracy` -> `accuracy`. */
export function metricOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** `val/label/accuracy` -> `label/accuracy`: the name without its split. */
export function withoutSplit(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

/** Whether the metric lies between 0 and 1 and is read in percent. */
export function isShare(name: string): boolean {
  return ["accuracy", "top5_accuracy", "balanced_accuracy", "f1", "precision", "recall"].includes(metricOf(name));
}

/** Whether a smaller value is the better one. */
export function isSmallerBetter(name: string): boolean {
  return ["loss", "mae", "mse", "rmse", "mape", "perplexity"].includes(metricOf(name));
}

/** What the training tells of its steps besides the metrics; there is no split that it is of. */
export const OF_STEPS: readonly string[] = ["gradient_norm", "rate"];

export function isOfSteps(name: string): boolean {
  return OF_STEPS.includes(name);
}

/** The metric's value: a share in percent, a perplexity in four figures, everything else with four decimals. */
export function formatMetric(name: string, value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NO_FIGURE;
  if (name === "rate") return formatRate(value);
  if (Math.abs(value) >= 1e6) return value.toExponential(3);
  if (metricOf(name) === "perplexity") return formatExact(Number(value.toPrecision(4)));
  return isShare(name) ? formatShare(value) : formatLoss(value);
}

/** A figure on the metric's axis, as short as its neighbours allow. */
export function formatAxis(name: string, value: number): string {
  if (Math.abs(value) >= 1e5) return Number(value.toPrecision(3)).toExponential();
  if (isShare(name)) return `${Number((value * 100).toFixed(1))}%`;
  return String(Number(value.toPrecision(3)));
}

/** The metrics that a run reports besides the loss, the ones to look at first in front. */
export function otherMetrics(names: Iterable<string>): string[] {
  const order = ["accuracy", "balanced_accuracy", "f1", "auroc", "perplexity", "r2", "mae", "rmse"];
  const rank = (name: string) => (order.indexOf(metricOf(name)) + order.length + 1) % (order.length + 1);
  const metrics = new Set([...names].filter(isCurve).map(withoutSplit));
  return [...metrics].filter((name) => name !== "loss").sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

function isCurve(name: string): boolean {
  return name.startsWith("train/") || name.startsWith("val/");
}

/** A metric's name within a sentence: "Accuracy" -> "accuracy", while "F1" and "MAE" stay. */
export function inSentence(name: string): string {
  return /[a-z]{2}/.test(name) ? name.toLowerCase() : name;
}
