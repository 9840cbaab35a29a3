import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { changesOf, type GraphDiff, marksOf } from "../graph/changes";
import type { GraphNode } from "../graph/document";
import { ChangeList } from "./ChangeList";

afterEach(cleanup);

const NOTHING: GraphDiff = {
  nodes: { added: [], removed: [], changed: [] },
  edges: { added: [], removed: [] },
  blocks: { added: [], removed: [], changed: [] },
};

const wire = (source: string, target: string, target_port = "input") => ({
  source,
  source_name: source,
  source_port: "output",
  target,
  target_name: target,
  target_port,
});

test("wires of a node that came go without saying; others are told with their ports", () => {
  const diff: GraphDiff = {
    ...NOTHING,
    nodes: { ...NOTHING.nodes, added: [{ path: "n3", name: "act", type: "ReLU" }] },
    edges: { added: [wire("n1", "n3"), wire("a", "join", "inputs")], removed: [wire("a", "b")] },
  };
  expect(changesOf(diff).map((change) => change.wire ?? change.name)).toEqual([
    "act",
    { source: "a", target: "b", removed: true },
    { source: "a", target: "join.inputs", removed: false },
  ]);
});

test("a changed parameter shows both values, and what is not set as such", () => {
  const fields = [
    { field: "params.out_features", before: 256, after: 512 },
    { field: "shares", before: null, after: "n4" },
  ];
  const changed = [{ path: "n2", name: "hidden", type: "Linear", fields }];
  render(<ChangeList diff={{ ...NOTHING, nodes: { ...NOTHING.nodes, changed } }} />);
  const line = screen.getByRole("listitem").textContent;
  expect(line).toContain("hidden Linear");
  expect(line).toContain("out_features 256 → 512");
  expect(line).toContain("shares graphDiff.nothing → n4");
});

test("two equal graphs say so", () => {
  render(<ChangeList diff={NOTHING} />);
  expect(screen.queryByRole("list")).toBeNull();
  expect(screen.getByText("graphDiff.same")).toBeTruthy();
});

test("nodes that differ are marked where they stand, and the uses of a block that changed inside", () => {
  const node = (id: string, type: string): GraphNode => ({ id, name: id, type, params: {}, position: [0, 0] });
  const document = {
    format: 1 as const,
    nodes: [node("a", "Linear"), node("b", "ReLU"), node("c", "block:Outer"), node("d", "block:Other")],
    edges: [],
    blocks: {
      Outer: { params: [], nodes: [node("in", "block:Inner")], edges: [] },
      Inner: { params: [], nodes: [node("x", "Linear")], edges: [] },
      Other: { params: [], nodes: [], edges: [] },
    },
    notes: [],
  };
  const changed = (path: string) => ({ path, name: path, type: "Linear", fields: [] });
  const diff: GraphDiff = {
    ...NOTHING,
    nodes: { added: [changed("b")], removed: [], changed: [changed("a"), changed("block:Inner/x")] },
  };
  expect([...marksOf(diff, document)].sort()).toEqual([
    ["a", "changed"],
    ["b", "added"],
    ["block:Inner/x", "changed"],
    ["block:Outer/in", "changed"],
    ["c", "changed"],
  ]);
});

test("names lead to their nodes where there is a way to them, removed ones do not", () => {
  const gone: string[] = [];
  const diff: GraphDiff = {
    ...NOTHING,
    nodes: {
      added: [{ path: "n3", name: "act", type: "ReLU" }],
      removed: [{ path: "n1", name: "old", type: "ReLU" }],
      changed: [],
    },
  };
  render(<ChangeList diff={diff} onNode={(path) => gone.push(path)} />);
  screen.getByRole("button", { name: "act" }).click();
  expect(gone).toEqual(["n3"]);
  expect(screen.queryByRole("button", { name: "old" })).toBeNull();
});
