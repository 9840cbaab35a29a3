import { describe, expect, test } from "vitest";
import { type LayerForm, type LayerIndex, mainInput } from "./catalogue";
import { shapeText, tellingText } from "./check";
import { copyPart, duplicatePart, pastePart } from "./clipboard";
import { EMPTY_DOCUMENT, type GraphDocument, sameMeaning } from "./document";
import {
  addAfter,
  addNode,
  connect,
  insertOnEdge,
  moveNodes,
  removeNodes,
  renameNode,
  setParam,
  toggleFrozen,
} from "./edits";
import { applyFix } from "./fixes";
import { commit, endGesture, redo, startHistory, undo } from "./history";
import { nameOfType, nameProblem } from "./names";
import { inOrder, neighbour, stream } from "./walk";
import { canConnect, fits } from "./wiring";

function layer(
  type: string,
  family: string,
  inputs: string[],
  outputs: string[],
  more: Partial<LayerForm> = {},
): LayerForm {
  return {
    type,
    label: type,
    summary: "",
    family,
    icon: family,
    params: [],
    telling: [],
    inputs: inputs.map((name) => ({ name, variadic: name === "inputs" })),
    outputs: outputs.map((name) => ({ name })),
    ...more,
  };
}

const outFeatures = {
  name: "out_features",
  label: "Features out",
  summary: "",
  schema: { type: "integer", minimum: 1 },
  required: true,
  important: true,
  inferred: false,
};

const layers: LayerIndex = new Map(
  [
    layer("Input", "data", [], ["output"]),
    layer("Flatten", "shape", ["input"], ["output"]),
    layer("Linear", "linear", ["input"], ["output"], { params: [outFeatures], telling: ["out_features"] }),
    layer("ReLU", "act", ["input"], ["output"]),
    layer("Dropout", "drop", ["input"], ["output"]),
    layer("Add", "merge", ["inputs"], ["output"]),
    layer("Output", "data", ["input"], []),
    layer("Conv2d", "conv", ["input"], ["output"], {
      inputs: [{ name: "input", ranks: [4] }],
      telling: ["out_channels", "kernel_size", "stride"],
    }),
  ].map((one) => [one.type, one]),
);

function chain(...types: string[]): GraphDocument {
  let document: GraphDocument = EMPTY_DOCUMENT;
  let last: string | null = null;
  for (const type of types) {
    const added = addAfter(document, layers, layers.get(type)!, last);
    document = added.document;
    last = added.id;
  }
  return document;
}

const wires = (document: GraphDocument) => document.edges.map((edge) => `${edge.source}>${edge.target}`).sort();

describe("building", () => {
  test("layers added one after the other make a chain downwards", () => {
    const document = chain("Input", "Flatten", "Linear", "Output");
    expect(wires(document)).toEqual(["n1>n2", "n2>n3", "n3>n4"]);
    expect(document.nodes.map((node) => node.position)).toEqual([0, 64, 128, 192].map((y) => [0, y]));
    expect(document.nodes[2]!.params).toEqual({ out_features: 64 });
  });

  test("a layer inserted on an edge is wired in and pushes down what has no room", () => {
    const before = chain("Input", "Linear", "Output");
    const edge = before.edges.find((one) => one.source === "n2")!;
    const { document, id } = insertOnEdge(before, layers, layers.get("Dropout")!, edge.id);
    expect(wires(document)).toEqual([`n1>n2`, `n2>${id}`, `${id}>n3`].sort());
    expect(document.nodes.find((node) => node.id === id)!.position).toEqual([0, 128]);
    expect(document.nodes.find((node) => node.id === "n3")!.position).toEqual([0, 192]);
  });

  test("a layer added after one in the middle goes into its wire", () => {
    const { document, id } = addAfter(chain("Input", "Linear", "Output"), layers, layers.get("ReLU")!, "n2");
    expect(wires(document)).toEqual(["n1>n2", `n2>${id}`, `${id}>n3`].sort());
  });

  test("deleting a node joins its neighbours", () => {
    const document = removeNodes(chain("Input", "Flatten", "Linear", "Output"), layers, new Set(["n2"]));
    expect(wires(document)).toEqual(["n1>n3", "n3>n4"]);
  });

  test("freezing a mixed selection freezes all of it, and once more thaws all of it", () => {
    const document = chain("Linear", "ReLU");
    const ids = new Set(document.nodes.map((node) => node.id));
    const frozen = toggleFrozen(toggleFrozen(document, new Set([document.nodes[0]!.id])), ids);
    expect(frozen.nodes.every((node) => node.frozen)).toBe(true);
    expect(toggleFrozen(frozen, ids)).toEqual(document);
  });

  test("deleting several in a row joins what is left", () => {
    const document = removeNodes(chain("Input", "Flatten", "Linear", "Output"), layers, new Set(["n2", "n3"]));
    expect(wires(document)).toEqual(["n1>n4"]);
  });

  test("deleting a merge of two branches joins nothing", () => {
    let document = chain("Input", "Linear", "Output");
    const add = addNode(document, layers.get("Add")!, [0, 400]);
    document = connect(add.document, layers, { node: "n1", port: "output" }, { node: add.id, port: "inputs" });
    document = connect(document, layers, { node: "n2", port: "output" }, { node: add.id, port: "inputs" });
    document = connect(document, layers, { node: add.id, port: "output" }, { node: "n3", port: "input" });
    expect(document.edges.filter((edge) => edge.target === add.id).map((edge) => edge.index)).toEqual([0, 1]);
    expect(wires(removeNodes(document, layers, new Set([add.id])))).toEqual(["n1>n2"]);
  });

  test("an input takes one wire: a new one replaces the old", () => {
    let document = addNode(chain("Input", "Linear"), layers.get("Input")!, [300, 0]).document;
    document = connect(document, layers, { node: "n3", port: "output" }, { node: "n2", port: "input" });
    expect(wires(document)).toEqual(["n3>n2"]);
  });

  test("a circle, an unknown port and a wire that is there are refused", () => {
    const document = chain("Input", "Linear", "ReLU");
    const connects = (a: string, b: string, port = "input") =>
      canConnect(document, layers, { node: a, port: "output" }, { node: b, port });
    expect([connects("n3", "n2"), connects("n1", "n2"), connects("n1", "n3", "other"), connects("n1", "n3")]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test("only what takes the tensor fits", () => {
    const flat = { shape: ["B", 784], dtype: "float32" };
    expect(fits(layers.get("Conv2d")!, flat)).toBe(false);
    expect(fits(layers.get("Linear")!, flat)).toBe(true);
    expect(fits(layers.get("Output")!, flat, true)).toBe(false);
    expect(mainInput(layers.get("Input")!)).toBeNull();
  });
});

describe("undo and redo", () => {
  test("every gesture is one step, and typing in one field is one gesture", () => {
    const start = chain("Input", "Linear");
    let history = startHistory(start);
    for (const value of [1, 12, 128])
      history = commit(history, setParam(history.present, "n2", "out_features", value), "n2.out");
    history = commit(endGesture(history), setParam(history.present, "n2", "out_features", 64), "n2.out");
    expect(history.past).toHaveLength(2);
    history = undo(history);
    expect(history.present.nodes[1]!.params).toEqual({ out_features: 128 });
    history = undo(history);
    expect(history.present).toBe(start);
    expect(undo(history)).toBe(history);
    history = redo(redo(history));
    expect(history.present.nodes[1]!.params).toEqual({ out_features: 64 });
  });

  test("an edit after an undo forgets what was undone", () => {
    let history = startHistory(chain("Input"));
    history = commit(history, renameNode(history.present, "n1", "image"));
    history = commit(undo(history), renameNode(history.present, "n1", "picture"));
    expect(redo(history)).toBe(history);
    expect(history.present.nodes[0]!.name).toBe("picture");
  });
});

describe("repairs", () => {
  test("inserting a layer by a repair gives it a row of its own", () => {
    const broken = removeNodes(chain("Input", "Flatten", "Linear", "Output"), layers, new Set(["n2"]));
    const closed = moveNodes(broken, new Map([["n3", [0, 64]]]));
    const edge = closed.edges.find((one) => one.source === "n1")!;
    const repaired = applyFix(closed, [
      { op: "disconnect", edge: edge.id },
      { op: "add", node: { id: "n9", name: "flatten", type: "Flatten", params: {}, position: [0, 0] } },
      { op: "connect", edge: { id: "e8", source: "n1", source_port: "output", target: "n9", target_port: "input" } },
      { op: "connect", edge: { id: "e9", source: "n9", source_port: "output", target: "n3", target_port: "input" } },
    ]);
    expect(wires(repaired)).toEqual(["n1>n9", "n3>n4", "n9>n3"]);
    expect(repaired.nodes.find((node) => node.id === "n9")!.position).toEqual([0, 64]);
    expect(repaired.nodes.find((node) => node.id === "n3")!.position).toEqual([0, 128]);
  });

  test("a repair sets and removes parameters", () => {
    const document = chain("Input", "Linear");
    const set = applyFix(document, [{ op: "set", node: "n2", param: "out_features", value: 10 }]);
    expect(set.nodes[1]!.params).toEqual({ out_features: 10 });
    expect(applyFix(set, [{ op: "set", node: "n2", param: "out_features" }]).nodes[1]!.params).toEqual({});
  });

  test("a repair inside a block leaves the rest of the document as it is", () => {
    const inside = chain("Input", "Linear", "ReLU");
    const document = { ...chain("Input"), blocks: { Part: { params: [], nodes: inside.nodes, edges: inside.edges } } };
    const repaired = applyFix(document, [
      { op: "set", block: "Part", node: "n2", param: "out_features", value: 3 },
      { op: "set", block: "Part", node: "n3", key: "type", value: "Tanh" },
    ]);
    const part = repaired.blocks.Part as typeof document.blocks.Part;
    expect(part.nodes.map((node) => [node.type, node.params])).toEqual([
      ["Input", {}],
      ["Linear", { out_features: 3 }],
      ["Tanh", {}],
    ]);
    expect(part.edges).toEqual(inside.edges);
    expect(repaired.nodes).toBe(document.nodes);
  });
});

describe("names", () => {
  test("a type gives a readable name", () => {
    expect(["MaxPool2d", "LeakyReLU", "LSTM", "BatchNorm1d"].map(nameOfType)).toEqual([
      "max_pool",
      "leaky_relu",
      "lstm",
      "batch_norm",
    ]);
  });

  test("what Python or torch would trip over is refused", () => {
    const document = chain("Input", "Linear");
    expect(
      ["for", "forward", "2x", "Conv", "input", "linear", "hidden"].map((name) => nameProblem(document, "n2", name)),
    ).toEqual(["reserved", "reserved", "pattern", "pattern", "taken", null, null]);
  });
});

describe("copying", () => {
  test("what is copied comes back under new ids and names, with its inner wires", () => {
    const document = chain("Input", "Linear", "ReLU");
    const pasted = pastePart(document, copyPart(document, new Set(["n2", "n3"])), [40, 40])!;
    expect([...pasted.ids]).toEqual(["n4", "n5"]);
    expect(pasted.document.nodes.slice(3).map((node) => node.name)).toEqual(["linear2", "relu2"]);
    expect(wires(pasted.document)).toEqual(["n1>n2", "n2>n3", "n4>n5"]);
  });

  test("other text is left alone, and a duplicate stands beside", () => {
    const document = chain("Input");
    expect(pastePart(document, "hello", [0, 0])).toBeNull();
    expect(pastePart(document, "{}", [0, 0])).toBeNull();
    expect(duplicatePart(document, new Set(["n1"])).document.nodes[1]!.position).toEqual([224, 0]);
  });
});

describe("reading", () => {
  test("moving changes nothing of the meaning, a parameter does", () => {
    const document = chain("Input", "Linear");
    expect(sameMeaning(document, moveNodes(document, new Map([["n2", [9, 9]]])))).toBe(true);
    expect(sameMeaning(document, setParam(document, "n2", "out_features", 3))).toBe(false);
  });

  test("order follows the wires, and arrows and streams too", () => {
    const document = moveNodes(chain("Input", "Linear", "ReLU"), new Map([["n3", [0, -100]]]));
    expect(inOrder(document)).toEqual(["n1", "n2", "n3"]);
    expect(neighbour(document, "n2", "down")).toBe("n3");
    expect([...stream(document, "n2", "up")].sort()).toEqual(["n1", "n2"]);
  });

  test("shapes leave the batch out and cards tell what matters", () => {
    expect(shapeText({ shape: ["B", 1, 28, 28], dtype: "float32" })).toBe("1×28×28");
    const conv = { id: "n1", name: "c", type: "Conv2d", position: [0, 0] as [number, number] };
    const form = layers.get("Conv2d")!;
    expect(tellingText({ ...conv, params: { out_channels: 64, kernel_size: 3, stride: 2 } }, form, new Map())).toBe(
      "64, 3×3, /2",
    );
    const byData = { ...conv, type: "Linear", params: { out_features: { $data: "label.num_classes" } } };
    expect(tellingText(byData, layers.get("Linear")!, new Map([["label.num_classes", 10]]))).toBe("10");
  });
});
