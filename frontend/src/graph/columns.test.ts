import { expect, test } from "vitest";
import { setColumns, setEncoder, setTarget } from "./columns";
import type { GraphDocument, GraphNode } from "./document";

const COLUMNS = [
  { name: "review", kind: "text" },
  { name: "answer", kind: "text" },
  { name: "age", kind: "number" },
];

function documentOf(params: Record<string, unknown>): GraphDocument {
  const node = { id: "a", name: "a", type: "Input", params, position: [0, 0] } as GraphNode;
  return { format: 1, nodes: [node], edges: [] } as unknown as GraphDocument;
}

const bound = documentOf({ columns: ["review"], encoder: { max_length: 64 }, shape: [64], dtype: "int64" });
const node = bound.nodes[0]!;

test("a setting of the encoder takes the shape it no longer has with it", () => {
  expect(setEncoder(bound, node, "max_length", 32).nodes[0]?.params).toEqual({
    columns: ["review"],
    encoder: { max_length: 32 },
  });
});

test("an encoder without settings is left out", () => {
  expect(setEncoder(bound, node, "max_length", undefined).nodes[0]?.params).toEqual({ columns: ["review"] });
});

test("the settings of an encoder stay with columns of the same kind only", () => {
  expect(setColumns(bound, node, ["answer"], COLUMNS).nodes[0]?.params).toEqual({
    columns: ["answer"],
    encoder: { max_length: 64 },
  });
  expect(setColumns(bound, node, ["age"], COLUMNS).nodes[0]?.params).toEqual({ columns: ["age"] });
  expect(setColumns(bound, node, [], COLUMNS).nodes[0]?.params).toEqual({});
});

test("the next token and a column take turns, and metrics that the next token has not go", () => {
  const output = documentOf({ columns: ["age"], metrics: ["f1", "accuracy"] });
  const next = setTarget(output, output.nodes[0]!, "next_token");
  expect(next.nodes[0]?.params).toEqual({ target: "next_token", metrics: ["accuracy"] });
  expect(setTarget(next, next.nodes[0]!, { column: "age" }).nodes[0]?.params).toEqual({
    columns: ["age"],
    metrics: ["accuracy"],
  });
});
