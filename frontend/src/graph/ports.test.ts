import { expect, test } from "vitest";
import { type Catalogue, indexLayers, type LayerForm } from "./catalogue";
import { EMPTY_DOCUMENT, type GraphDocument, type GraphNode } from "./document";
import { addNode, connect } from "./edits";
import { inputHandles, outputHandles } from "./geometry";
import { formOf } from "./ports";

const PARAM = { label: "", summary: "", required: false, important: true, inferred: false };
const layer = (type: string, more: Partial<LayerForm>): LayerForm => ({
  type,
  label: type,
  summary: "",
  family: "shape",
  icon: "shape",
  params: [],
  telling: [],
  inputs: [{ name: "input" }],
  outputs: [{ name: "output" }],
  ...more,
});
const port = (id: string, name: string, type: string): GraphNode => ({ id, name, type, params: {}, position: [0, 0] });
const MLP = {
  params: [{ name: "hidden", type: "int" as const, default: 64 }],
  nodes: [port("n3", "y", "BlockOutput"), port("n2", "b", "BlockInput"), port("n1", "a", "BlockInput")],
  edges: [],
};
const catalogue: Catalogue = {
  layers: [
    layer("Chunk", { counted: "chunks", params: [{ ...PARAM, name: "chunks", schema: {}, default: 2 }] }),
    layer("Split", { counted: "sizes", params: [{ ...PARAM, name: "sizes", schema: {}, default: null }] }),
    layer("Output", { inputs: [{ name: "input" }, { name: "target", optional: true }], outputs: [] }),
  ],
  families: [],
  losses: [
    {
      type: "CrossEntropyLoss",
      label: "",
      summary: "",
      params: [],
      inputs: ["input"],
      target: true,
      formula: "",
      tasks: [],
    },
    {
      type: "KLDivNormal",
      label: "",
      summary: "",
      params: [],
      inputs: ["mu", "logvar"],
      target: false,
      formula: "",
      tasks: [],
    },
  ],
  optimizers: [],
  schedules: [],
  metrics: [],
  blocks: [layer("block:MLP", { family: "block", definitions: { MLP } })],
};
const layers = indexLayers(catalogue);
const node = (type: string, params: Record<string, unknown> = {}): GraphNode => ({ ...port("n9", "x", type), params });
const inputs = (one: GraphNode, document: GraphDocument = EMPTY_DOCUMENT) =>
  formOf(document, layers, one)?.inputs.map((p) => p.name);
const outputs = (one: GraphNode, document: GraphDocument = EMPTY_DOCUMENT) =>
  formOf(document, layers, one)?.outputs.map((p) => p.name);

test("counted outputs are as many as their parameter says", () => {
  expect(outputs(node("Chunk"))).toEqual(["output_0", "output_1"]);
  expect(outputs(node("Chunk", { chunks: 3 }))).toEqual(["output_0", "output_1", "output_2"]);
  expect(outputs(node("Split", { sizes: [1, 2, 3, 4] }))).toHaveLength(4);
  expect(outputs(node("Split"))).toEqual(["output_0"]);
  expect(outputs(node("Chunk", { chunks: 1e9 }))).toHaveLength(64);
});

test("inside a block a count by a parameter of the block takes its default", () => {
  const params = [{ name: "parts", type: "int" as const, default: 3 }];
  const inside = { ...EMPTY_DOCUMENT, inside: { params, names: ["A"] } };
  expect(outputs(node("Chunk", { chunks: { $: "parts" } }), inside)).toHaveLength(3);
});

test("an Output has the inputs of its loss, and a target where the loss has one", () => {
  expect(inputs(node("Output"))).toEqual(["input", "target"]);
  expect(inputs(node("Output", { loss: { type: "CrossEntropyLoss" } }))).toEqual(["input", "target"]);
  expect(inputs(node("Output", { loss: { type: "KLDivNormal" } }))).toEqual(["mu", "logvar"]);
});

test("a form stays the same object while nothing about it changes, so that its card is not drawn again", () => {
  expect(formOf(EMPTY_DOCUMENT, layers, node("Chunk"))).toBe(formOf(EMPTY_DOCUMENT, layers, node("Chunk")));
  const document = { ...EMPTY_DOCUMENT, blocks: { MLP } };
  expect(formOf(document, layers, node("block:MLP"))).toBe(formOf({ ...document }, layers, node("block:MLP")));
});

test("a block's ports are those of its definition, in the order of their ids", () => {
  const document = { ...EMPTY_DOCUMENT, blocks: { MLP } };
  expect(inputs(node("block:MLP"), document)).toEqual(["a", "b"]);
  expect(outputs(node("block:MLP"), document)).toEqual(["y"]);
  expect(formOf(EMPTY_DOCUMENT, layers, node("block:Other"))).toBeUndefined();
});

test("placing a library block copies its definition once, and beside a different one under a free name", () => {
  const form = layers.get("block:MLP")!;
  const once = addNode(EMPTY_DOCUMENT, form, [0, 0]).document;
  const twice = addNode(once, form, [0, 64]).document;
  expect(Object.keys(twice.blocks)).toEqual(["MLP"]);
  const changed = { ...once, blocks: { MLP: { ...MLP, params: [] } } };
  const beside = addNode(changed, form, [0, 64]).document;
  expect(Object.keys(beside.blocks)).toEqual(["MLP", "MLP2"]);
  expect(beside.nodes.map((one) => one.type)).toEqual(["block:MLP", "block:MLP2"]);
});

test("every port of a block and of a counted layer can be wired, and gets a handle of its own", () => {
  let document = addNode(EMPTY_DOCUMENT, layers.get("Chunk")!, [0, 0]).document;
  document = addNode(document, layers.get("block:MLP")!, [0, 64]).document;
  document = connect(document, layers, { node: "n1", port: "output_1" }, { node: "n2", port: "b" });
  document = connect(document, layers, { node: "n1", port: "output_7" }, { node: "n2", port: "a" });
  expect(document.edges.map((edge) => [edge.source_port, edge.target_port])).toEqual([["output_1", "b"]]);
  const [chunk, mlp] = document.nodes as [GraphNode, GraphNode];
  expect(outputHandles(document, chunk, formOf(document, layers, chunk)!).map((handle) => handle.id)).toEqual([
    "output_0",
    "output_1",
  ]);
  const xs = inputHandles(document, mlp, formOf(document, layers, mlp)!).map((handle) => handle.x);
  expect(new Set(xs).size).toBe(2);
});
