import { expect, test } from "vitest";
import { formatAxis, formatMetric, inSentence, otherMetrics } from "./metrics";

test("shares are read in percent, losses with four decimals, and what exploded in powers of ten", () => {
  expect(formatMetric("val/accuracy", 0.9164)).toBe("91.6%");
  expect(formatMetric("val/loss", 0.24585)).toBe("0.2459");
  expect(formatMetric("train/loss", 4.2e25)).toBe("4.200e+25");
  expect(formatMetric("val/next/perplexity", 142.3871)).toBe("142.4");
  expect(formatMetric("val/next/perplexity", 4096.2)).toBe("4,096");
  expect(formatMetric("val/loss", null)).toBe("–");
});

test("axis figures stay short", () => {
  expect([formatAxis("accuracy", 0.85), formatAxis("loss", 0.30000000000000004), formatAxis("loss", 4e25)]).toEqual([
    "85%",
    "0.3",
    "4e+25",
  ]);
});

test("the metrics beside the loss come each once, the familiar ones first, and never what is no curve", () => {
  const names = ["train/loss", "rate", "val/mae", "val/r2", "train/r2", "val/loss", "val/odd", "val/accuracy"];
  expect(otherMetrics(names)).toEqual(["accuracy", "r2", "mae", "odd"]);
});

test("names are lowered within a sentence unless they are abbreviations", () => {
  expect(["Accuracy", "F1", "MAE", "R²", "准确率"].map(inSentence)).toEqual(["accuracy", "F1", "MAE", "R²", "准确率"]);
});
