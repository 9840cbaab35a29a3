import { expect, test } from "vitest";
import type { LossForm, MetricForm } from "./catalogue";
import type { GraphDocument } from "./document";
import { fitsLoss, lossPorts, setLoss } from "./losses";

function loss(type: string, inputs: string[], target: boolean, tasks: string[]): LossForm {
  return { type, label: type, summary: "", params: [], formula: "", inputs, target, tasks };
}

const LOSSES = [
  loss("CrossEntropyLoss", ["input"], true, ["classes"]),
  loss("GaussianNLLLoss", ["input", "var"], true, ["numbers"]),
  loss("KLDivNormal", ["mu", "logvar"], false, []),
];
const METRICS: MetricForm[] = [
  { type: "accuracy", label: "Accuracy", summary: "", tasks: ["classes", "labels"] },
  { type: "mae", label: "MAE", summary: "", tasks: ["numbers"] },
];

function wired(): GraphDocument {
  const edge = (id: string, target_port: string) => ({
    id,
    source: "a",
    source_port: "output",
    target: "out",
    target_port,
  });
  return {
    format: 1,
    nodes: [
      { id: "a", name: "a", type: "Input", params: {}, position: [0, 0] },
      {
        id: "out",
        name: "out",
        type: "Output",
        params: { loss: { type: "GaussianNLLLoss", params: {} }, metrics: ["mae"], loss_weight: 2 },
        position: [0, 64],
      },
    ],
    edges: [edge("e1", "input"), edge("e2", "var"), edge("e3", "target")],
    blocks: {},
    notes: [],
  };
}

test("another loss moves the first wire, keeps what still fits and drops the rest", () => {
  const catalogue = { losses: LOSSES, metrics: METRICS };
  const divergence = setLoss(wired(), "out", { type: "KLDivNormal", params: {} }, catalogue);
  expect(divergence.edges.map((edge) => [edge.id, edge.target_port])).toEqual([["e1", "mu"]]);
  expect(divergence.nodes[1]!.params).toEqual({ loss: { type: "KLDivNormal", params: {} }, loss_weight: 2 });

  const classes = setLoss(wired(), "out", { type: "CrossEntropyLoss", params: {} }, catalogue);
  expect(classes.edges.map((edge) => edge.id)).toEqual(["e1", "e3"]);
  expect(classes.nodes[1]!.params.metrics).toBeUndefined();

  const none = setLoss(wired(), "out", undefined, catalogue);
  expect(none.nodes[1]!.params).toEqual({ metrics: ["mae"], loss_weight: 2 });
});

test("ports and metrics follow the loss", () => {
  expect(LOSSES.map(lossPorts)).toEqual([
    ["input", "target"],
    ["input", "var", "target"],
    ["mu", "logvar"],
  ]);
  expect(METRICS.map((metric) => fitsLoss(metric, LOSSES[1]))).toEqual([false, true]);
  expect(METRICS.map((metric) => fitsLoss(metric, LOSSES[2]))).toEqual([false, false]);
  expect(METRICS.every((metric) => fitsLoss(metric, undefined))).toBe(true);
});
