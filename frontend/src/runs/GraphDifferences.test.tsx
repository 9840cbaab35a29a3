import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { changesOf, type GraphDiff } from "../graph/changes";
import { ChangeList } from "./GraphDifferences";

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
