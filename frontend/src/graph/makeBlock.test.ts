import { expect, test } from "vitest";
import { addBlockParam, changeBlockParam, removeBlockParam, renameBlockParam } from "./blockParams";
import { countUses, makeUnique, renameBlock } from "./blocks";
import type { LayerForm, LayerIndex } from "./catalogue";
import { EMPTY_DOCUMENT, type GraphDocument } from "./document";
import { setParam } from "./edits";
import { followPath, openCheck, openGraph, writeGraph } from "./levels";
import { blockRefusal, dissolveBlock, dissolveRefusal, makeBlock } from "./makeBlock";

function layer(type: string, inputs: string[], outputs: string[]): LayerForm {
  return {
    type,
    label: type,
    summary: "",
    family: "act",
    icon: "act",
    params: [],
    telling: [],
    inputs: inputs.map((name) => ({ name, variadic: name === "inputs" })),
    outputs: outputs.map((name) => ({ name })),
  };
}

const layers: LayerIndex = new Map(
  [
    layer("Input", [], ["output"]),
    layer("Linear", ["input"], ["output"]),
    layer("ReLU", ["input"], ["output"]),
    layer("Add", ["inputs"], ["output"]),
    layer("Output", ["input"], []),
    layer("BlockInput", [], ["output"]),
    layer("BlockOutput", ["input"], []),
  ].map((one) => [one.type, one]),
);

/** x -> a -> b -> y, and x -> y's sum past them. */
function residual(): GraphDocument {
  const node = (id: string, type: string, name: string, row: number) => ({
    id,
    type,
    name,
    params: {},
    position: [0, row * 64] as [number, number],
  });
  const wire = (id: string, source: string, target: string, more = {}) => ({
    id,
    source,
    source_port: "output",
    target,
    target_port: "input",
    ...more,
  });
  return {
    ...EMPTY_DOCUMENT,
    nodes: [
      node("x", "Input", "x", 0),
      node("a", "Linear", "a", 1),
      node("b", "ReLU", "b", 2),
      node("s", "Add", "s", 3),
      node("y", "Output", "y", 4),
    ],
    edges: [
      wire("e1", "x", "a"),
      wire("e2", "a", "b"),
      wire("e3", "x", "s", { target_port: "inputs", index: 0 }),
      wire("e4", "b", "s", { target_port: "inputs", index: 1 }),
      wire("e5", "s", "y"),
    ],
  };
}

const chosen = new Set(["a", "b"]);

function made(): { document: GraphDocument; id: string } {
  return makeBlock(residual(), layers, chosen, "Dense");
}

test("what cannot be a block is refused with the reason", () => {
  expect(blockRefusal(residual(), new Set())).toBe("empty");
  expect(blockRefusal(residual(), new Set(["x", "a"]))).toBe("inputOutput");
  expect(blockRefusal(residual(), new Set(["a", "s"]))).toBe("path");
  expect(blockRefusal(residual(), chosen)).toBeNull();
});

test("a block takes the chosen nodes in and the wires that crossed come through its ports", () => {
  const { document, id } = made();
  expect(document.nodes.map((node) => node.type).sort()).toEqual(["Add", "Input", "Output", "block:Dense"]);
  const types = document.blocks.Dense!.nodes.map((node) => node.type).sort();
  expect(types).toEqual(["BlockInput", "BlockOutput", "Linear", "ReLU"]);
  const around = document.edges.filter((edge) => edge.source === id || edge.target === id);
  expect(around.map((edge) => edge.source).sort()).toEqual([id, "x"].sort());
  expect(document.edges.find((edge) => edge.source === id)).toMatchObject({ target: "s", index: 1 });
});

test("a block taken apart is the graph it was made of", () => {
  const { document, id } = made();
  expect(dissolveRefusal(document, "x")).toBe("notBlock");
  expect(dissolveRefusal(document, id)).toBeNull();
  const apart = dissolveBlock(document, id).document;
  const named = new Map(apart.nodes.map((node) => [node.id, node.name]));
  const wires = apart.edges.map((edge) => `${named.get(edge.source)}>${named.get(edge.target)}`).sort();
  expect(wires).toEqual(["a>b", "b>s", "s>y", "x>a", "x>s"]);
});

test("an open block is edited for all its uses, and wires follow a port's new name", () => {
  const { document, id } = made();
  const inside = openGraph(document, [id]);
  expect(inside.inside).toEqual({ params: [], names: ["Dense"] });
  const port = inside.nodes.find((node) => node.type === "BlockInput")!;
  const renamed = { ...inside, nodes: inside.nodes.map((node) => (node === port ? { ...node, name: "given" } : node)) };
  const written = writeGraph(document, [id], renamed);
  expect(written.edges.find((edge) => edge.target === id)?.target_port).toBe("given");
  expect(followPath(written, `${id}/a`)).toMatchObject({ trail: [id], node: { name: "a" } });
  const check = { nodes: { [`${id}/a`]: {}, x: {} }, problems: [] } as unknown as Parameters<typeof openCheck>[0];
  expect(Object.keys(openCheck(check, [id])!.nodes)).toEqual(["a"]);
});

test("parameters of a block go with what uses them, inside and outside", () => {
  const { document, id } = made();
  const added = addBlockParam(document, "Dense", { type: "int", default: 8 });
  expect(added.name).toBe("width");
  const inner = setParam(openGraph(added.document, [id]), "a", "out_features", { $: "width" });
  const bound = setParam(writeGraph(added.document, [id], inner), id, "width", 32);
  const renamed = renameBlockParam(bound, "Dense", "width", "units");
  const linear = () => renamed.blocks.Dense!.nodes.find((node) => node.id === "a")!;
  expect(linear().params.out_features).toEqual({ $: "units" });
  expect(renamed.nodes.find((node) => node.id === id)!.params).toEqual({ units: 32 });
  const dissolved = dissolveBlock(renamed, id).document;
  expect(dissolved.nodes.find((node) => node.name === "a")!.params).toEqual({ out_features: 32 });
  const removed = removeBlockParam(renamed, "Dense", "units");
  expect(removed.blocks.Dense!.nodes.find((node) => node.id === "a")!.params).toEqual({ out_features: 8 });
  expect(removed.nodes.find((node) => node.id === id)!.params).toEqual({});
  const retyped = changeBlockParam(renamed, "Dense", "units", { type: "float", default: 0.5 });
  expect(retyped.nodes.find((node) => node.id === id)!.params).toEqual({});
});

test("a definition can be renamed everywhere, or copied for one use", () => {
  const { document, id } = made();
  const renamed = renameBlock(document, "Dense", "Hidden");
  expect(Object.keys(renamed.blocks)).toEqual(["Hidden"]);
  expect(countUses(renamed, "Hidden")).toBe(1);
  const second = { ...renamed.nodes.find((node) => node.id === id)!, id: "again", name: "again" };
  const both = { ...renamed, nodes: [...renamed.nodes, second] };
  expect(countUses(both, "Hidden")).toBe(2);
  const unique = makeUnique(both, "again");
  expect(countUses(unique, "Hidden")).toBe(1);
  expect(Object.keys(unique.blocks)).toHaveLength(2);
});
