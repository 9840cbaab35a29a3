import { expect, test } from "vitest";
import { removeBlock, unusedBlocks } from "./blocks";
import type { LayerForm, LayerIndex } from "./catalogue";
import type { Check } from "./check";
import { duplicatePart } from "./clipboard";
import { EMPTY_DOCUMENT, findNode, type GraphDocument, type GraphNode } from "./document";
import { removeNodes } from "./edits";
import { builtParams, ownerNames, setShares, setTie, shareOwners, tieOwners } from "./sharing";

const inFeatures = {
  name: "in_features",
  label: "",
  summary: "",
  schema: { type: "integer" },
  required: false,
  important: false,
  inferred: true,
  inferred_from: { port: "input", axis: -1 },
};

const linear: LayerForm = {
  type: "Linear",
  label: "Linear",
  summary: "",
  family: "linear",
  icon: "linear",
  torch: "Linear",
  params: [inFeatures],
  telling: [],
  inputs: [{ name: "input" }],
  outputs: [{ name: "output" }],
};
const layers: LayerIndex = new Map([["Linear", linear]]);

function node(id: string, type: string, more: Partial<GraphNode> = {}): GraphNode {
  return { id, name: id, type, params: {}, position: [0, 0], ...more };
}

/** x and y of width 4 to a and b, z of width 5 to c; d is tied to a. */
const twins: GraphDocument = {
  ...EMPTY_DOCUMENT,
  nodes: [
    node("x", "Input"),
    node("z", "Input"),
    node("a", "Linear", { params: { out_features: 8 } }),
    node("b", "Linear", { params: { out_features: 3 } }),
    node("c", "Linear", { params: { out_features: 8 } }),
    node("d", "Linear", { params: { out_features: 8 }, ties: { bias: ["a", "bias"] } }),
  ],
  edges: ["x>a", "x>b", "z>c", "x>d"].map((words) => {
    const [source, target] = words.split(">") as [string, string];
    return { id: words, source, source_port: "output", target, target_port: "input" };
  }),
};

function nodeCheck(outputs: [string, number], parameters?: Record<string, number[]>) {
  const tensor = { shape: ["B", outputs[1]], dtype: "float32" };
  const counts = { num_parameters: 1, macs: 0, activation_bytes: 0, state: "ok" as const };
  return { outputs: { [outputs[0]]: tensor }, parameters, ...counts };
}

const check = {
  nodes: {
    x: nodeCheck(["output", 4]),
    z: nodeCheck(["output", 5]),
    a: nodeCheck(["output", 8], { weight: [8, 4], bias: [8] }),
    b: nodeCheck(["output", 3], { weight: [3, 4], bias: [3] }),
    c: nodeCheck(["output", 8], { weight: [8, 5], bias: [8] }),
    d: nodeCheck(["output", 8], { weight: [8, 4], bias: [8] }),
  },
} as unknown as Check;
const of = (document: GraphDocument, id: string) => findNode(document, id)!;

test("a module is shared with one that is fed with the same sizes and has its own", () => {
  const owners = (document: GraphDocument, id: string) =>
    shareOwners(document, linear, check, of(document, id)).map((one) => one.id);
  expect(owners(twins, "b")).toEqual(["a", "d"]);
  expect(owners(twins, "c")).toEqual([]);
  expect(owners(setShares(twins, "a", "d"), "b")).toEqual(["d"]);
});

test("a node that shares takes the settings of the other, and keeps them when it is alone again", () => {
  const shared = setShares(twins, "b", "a");
  expect(of(shared, "b")).toMatchObject({ shares: "a", params: {} });
  expect(builtParams(shared, of(shared, "b"))).toEqual({ out_features: 8 });
  expect(ownerNames(shared, of(shared, "b"))).toEqual(["a"]);
  const alone = of(setShares(shared, "b", null), "b");
  expect(alone.params).toEqual({ out_features: 8 });
  expect("shares" in alone).toBe(false);
});

test("what was shared with or tied to a node follows it to the module that it takes", () => {
  const document = setShares(setShares(twins, "b", "a"), "a", "c");
  expect(of(document, "b").shares).toBe("c");
  expect(of(document, "d").ties).toEqual({ bias: ["c", "bias"] });
  expect("ties" in of(setShares(twins, "a", "d"), "d")).toBe(false);
});

test("a parameter is tied to one of its shape that is not tied itself, its namesake first", () => {
  expect(tieOwners(twins, check, of(twins, "d"), "weight")).toEqual([["a", "weight"]]);
  expect(tieOwners(twins, check, of(twins, "c"), "bias")).toEqual([["a", "bias"]]);
  expect(tieOwners(twins, check, of(twins, "a"), "bias")).toEqual([]);
  const tied = setTie(twins, "d", "weight", ["a", "weight"]);
  expect(of(tied, "d").ties).toEqual({ bias: ["a", "bias"], weight: ["a", "weight"] });
  const free = ["bias", "weight"].reduce((document, param) => setTie(document, "d", param, null), tied);
  expect("ties" in of(free, "d")).toBe(false);
});

test("when a node goes, the first that shared its module has it and the others share it with that one", () => {
  const shared = setShares(setShares(twins, "b", "a"), "c", "a");
  const without = removeNodes(shared, layers, new Set(["a"]));
  expect(of(without, "b").params).toEqual({ out_features: 8 });
  expect(of(without, "b").shares).toBeUndefined();
  expect(of(without, "c")).toMatchObject({ shares: "b", params: {} });
  expect("ties" in of(without, "d")).toBe(false);
});

test("copies share among themselves, and have weights of their own where what they had them from stays behind", () => {
  const shared = setShares(twins, "b", "a");
  const both = duplicatePart(shared, new Set(["a", "b"]));
  const [first, second] = both.document.nodes.slice(-2);
  expect(second).toMatchObject({ shares: first!.id, params: {} });
  const lone = duplicatePart(shared, new Set(["b", "d"])).document.nodes.slice(-2);
  expect(lone.map((one) => [one.params, one.shares, one.ties])).toEqual([
    [{ out_features: 8 }, undefined, undefined],
    [{ out_features: 8 }, undefined, undefined],
  ]);
});

test("a definition that nothing uses can go", () => {
  const empty = { params: [], edges: [] };
  const blocks = {
    Used: { ...empty, nodes: [] },
    Inner: { ...empty, nodes: [] },
    Outer: { ...empty, nodes: [node("i", "block:Inner")] },
  };
  const document = { ...EMPTY_DOCUMENT, blocks, nodes: [node("u", "block:Used")] };
  expect(unusedBlocks(document)).toEqual(["Outer"]);
  expect(unusedBlocks(removeBlock(document, "Outer"))).toEqual(["Inner"]);
});
