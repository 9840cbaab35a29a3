import { expect, test } from "vitest";
import type { Relative } from "./api";
import { branches } from "./lineage";

function relative(id: string, parent: string | null): Relative {
  return {
    id,
    parent,
    number: 1,
    name: id,
    status: "succeeded",
    project: "p",
    parent_step: null,
    carry: "",
    epoch: 1,
    metric: null,
    best: null,
  };
}

test("a family becomes a tree in depth first order", () => {
  const family = [relative("a", null), relative("b", "a"), relative("c", "a"), relative("d", "b")];
  expect(branches(family).map(({ run, depth }) => [run.id, depth])).toEqual([
    ["a", 0],
    ["b", 1],
    ["d", 2],
    ["c", 1],
  ]);
});

test("one whose parent is gone stands at the root", () => {
  expect(branches([relative("b", "gone"), relative("c", "b")]).map(({ depth }) => depth)).toEqual([0, 1]);
});
