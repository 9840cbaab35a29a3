import { expect, test } from "vitest";
import type { Run } from "./api";
import { differences } from "./differences";
import { filteredRuns, sortedRuns } from "./runTable";

function run(number: number, own: Partial<Run> = {}, rate = 0.001): Run {
  return {
    number,
    name: "",
    status: "succeeded",
    config: { epochs: 5, batch_size: 32, optimizer: { type: "Adam", params: { lr: rate } }, schedule: null, seed: 0 },
    graph_version: { id: "g", number: 1 },
    dataset_version: { id: "d", number: 1, dataset: "x", name: "Iris" },
    parent: null,
    metric: "val/accuracy",
    best: { epoch: 1, step: 1, values: { "val/accuracy": number / 10 } },
    num_parameters: 100,
    batch_size: 32,
    ...own,
  } as Run;
}

test("runs sort by a column both ways, with those that have no value last", () => {
  const runs = [run(1), run(3), run(2, { best: null })];
  const numbers = (descending: boolean) => sortedRuns(runs, { column: "score", descending }).map((r) => r.number);
  expect(numbers(true)).toEqual([3, 1, 2]);
  expect(numbers(false)).toEqual([1, 3, 2]);
});

test("the filter finds settings and states, every word of it", () => {
  const runs = [run(1), run(2, { status: "failed" }, 0.01)];
  expect(filteredRuns(runs, "adam 0.01", "").map((r) => r.number)).toEqual([2]);
  expect(filteredRuns(runs, "", "failed").map((r) => r.number)).toEqual([2]);
  expect(filteredRuns(runs, "sgd", "")).toEqual([]);
});

test("what differs names only the settings that are not the same", () => {
  const { differing, numSame } = differences([run(1), run(2, {}, 0.01)]);
  expect(differing).toEqual([{ name: "lr", values: ["1e-3", "1e-2"], differs: [false, true] }]);
  expect(numSame).toBeGreaterThan(5);
});
