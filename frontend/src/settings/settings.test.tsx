import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";
import type { GraphFacts } from "./graphFacts";
import { graphFacts } from "./graphFacts";
import { settingRows } from "./rows";
import { focusWrong, SettingFolds } from "./SettingFolds";
import {
  changesFrom,
  groupOf,
  numChanged,
  onlyChanged,
  type SettingsSchema,
  type SettingValues,
  setIn,
  settingsQuery,
  usable,
} from "./schema";

afterEach(cleanup);

const NUMBER_OR_NULL = { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null };

/** As the server gives it, with fewer settings. */
const SCHEMA: SettingsSchema = {
  properties: {
    epochs: { type: "integer", minimum: 1, default: 5, title: "Epochs" },
    optimizer: { title: "Optimizer", default: { type: "Adam", params: {} } },
    precision: { enum: ["float32", "bfloat16"], default: "float32", title: "Precision", description: "Numbers." },
    frozen: { type: "array", items: { type: "string" }, default: [], title: "Frozen" },
    rates: { type: "object", additionalProperties: { type: "number", minimum: 0, maximum: 1000 }, default: {} },
    gradients: {
      title: "Gradients",
      description: "What happens to gradients.",
      type: "object",
      default: {},
      properties: {
        accumulate: { type: "integer", minimum: 1, default: 1, title: "Accumulate", description: "Batches a step." },
        clip_norm: { ...NUMBER_OR_NULL, title: "Clip by norm" },
      },
    },
    early_stopping: {
      title: "Early stopping",
      default: null,
      anyOf: [
        { type: "object", properties: { patience: { type: "integer", minimum: 1, default: 5, title: "Patience" } } },
        { type: "null" },
      ],
    },
    augmentation: {
      title: "Augmentation",
      type: "object",
      default: {},
      properties: { flip: { type: "boolean", default: false, title: "Flip" } },
    },
    class_weights: {
      title: "Class weights",
      type: "object",
      default: {},
      "x-losses": ["CrossEntropyLoss"],
      additionalProperties: {
        anyOf: [{ type: "array", items: { type: "number", minimum: 0 } }, { enum: ["balanced"] }],
      },
    },
  },
};

test("a group is read with its words, defaults and whether it may be off", () => {
  expect(groupOf(SCHEMA, "gradients")).toMatchObject({
    title: "Gradients",
    summary: "What happens to gradients.",
    optional: false,
    params: [{ name: "accumulate", label: "Accumulate", default: 1 }, { name: "clip_norm" }],
  });
  expect(groupOf(SCHEMA, "early_stopping")).toMatchObject({ optional: true, params: [{ name: "patience" }] });
  expect(groupOf(SCHEMA, "rates")).toBeNull();
  expect(groupOf(SCHEMA, "optimizer")).toBeNull();
});

test("only what differs from the defaults is sent", () => {
  const values = {
    epochs: 5,
    optimizer: { type: "Adam", params: { lr: 0.1 } },
    precision: "float32",
    frozen: [],
    gradients: { accumulate: 4, clip_norm: null },
    augmentation: { flip: false },
    early_stopping: { patience: 5 },
    class_weights: { label: "balanced" },
    unheard_of: 1,
  };
  expect(onlyChanged(SCHEMA, values)).toEqual({
    optimizer: { type: "Adam", params: { lr: 0.1 } },
    gradients: { accumulate: 4 },
    early_stopping: {},
    class_weights: { label: "balanced" },
  });
  expect(onlyChanged(SCHEMA, { early_stopping: null })).toEqual({});
});

test("changed settings are counted one by one, a group that is on as one more", () => {
  const values = setIn({ early_stopping: { patience: 2 }, frozen: ["a", "b"] }, "gradients", "clip_norm", 1);
  expect(numChanged(SCHEMA, values, ["gradients"])).toBe(1);
  expect(numChanged(SCHEMA, values, ["early_stopping"])).toBe(2);
  expect(numChanged(SCHEMA, values, ["frozen", "rates"])).toBe(2);
  expect(numChanged(SCHEMA, setIn(values, "gradients", "clip_norm", undefined), ["gradients"])).toBe(0);
});

test("to go on with a setting taken back, its default is said", () => {
  const before = { epochs: 5, precision: "float32", gradients: { accumulate: 4, clip_norm: null } };
  expect(changesFrom(SCHEMA, before, { epochs: 9, precision: "float32" })).toEqual({ epochs: 9, gradients: {} });
  expect(changesFrom(SCHEMA, before, before)).toEqual({});
});

test("settings that a browser stored for another version do no harm", () => {
  const stored = {
    epochs: "many",
    optimizer: { type: "Adam", params: {} },
    precision: "float8",
    gradients: { accumulate: 0, clip_norm: 2, gone: true },
    early_stopping: [5],
    augmentation: null,
    rates: { hidden: -1 },
    class_weights: { label: "balanced" },
    unheard_of: {},
  };
  expect(usable(SCHEMA, stored)).toEqual({
    optimizer: { type: "Adam", params: {} },
    gradients: { clip_norm: 2 },
    class_weights: { label: "balanced" },
  });
});

test("a run's settings are told one by one, with what they would be by default", () => {
  const values = { epochs: 9, gradients: { accumulate: 4, clip_norm: null }, early_stopping: { patience: 5 } };
  const rows = new Map(settingRows(SCHEMA, values).map((row) => [row.path, row]));
  expect(rows.get("gradients.accumulate")).toEqual({
    path: "gradients.accumulate",
    group: "Gradients",
    label: "Accumulate",
    value: 4,
    defaultValue: 1,
    changed: true,
  });
  expect(rows.get("gradients.clip_norm")).toMatchObject({ value: null, changed: false });
  expect(rows.get("early_stopping.patience")).toMatchObject({ value: 5, changed: true });
  expect(rows.get("class_weights")).toMatchObject({ value: {}, changed: false });
  expect(rows.get("precision")).toMatchObject({ value: "float32", defaultValue: "float32", changed: false });
  expect(rows.has("epochs")).toBe(false);
  expect(settingRows(SCHEMA, {}).every((row) => !row.changed)).toBe(true);
});

test("the graph says which nodes have weights, which outputs classes, and whether pictures arrive", () => {
  const nodes = [
    { id: "n1", name: "image", type: "Input", params: {} },
    { id: "n2", name: "hidden", type: "Linear", params: {} },
    { id: "n3", name: "label", type: "Output", params: { loss: { type: "CrossEntropyLoss", params: {} } } },
    { id: "n4", name: "size", type: "Output", params: { loss: { type: "MSELoss", params: {} } } },
  ];
  const tensor = (...shape: (string | number)[]) => ({ outputs: { output: { shape, dtype: "float32" } } });
  const of = (node: object) => ({ num_parameters: 0, macs: 0, activation_bytes: 0, state: "ok" as const, ...node });
  const check = {
    nodes: { n1: of(tensor("B", 1, 8, 8)), n2: of({ outputs: {}, num_parameters: 9 }) },
    totals: { num_parameters: 9, macs: 0, activation_bytes: 0, peak_bytes: 0 },
    problems: [],
    hash: "",
  };
  const found = graphFacts(nodes, check as never, ["CrossEntropyLoss"]);
  expect(found).toEqual({ weighted: ["hidden"], classes: ["label"], images: true });
  expect(graphFacts(nodes, null, [])).toEqual({ weighted: [], classes: [], images: false });
});

const FACTS: GraphFacts = { weighted: ["hidden"], classes: ["label"], images: false };

interface Seen {
  values: SettingValues;
}

function Form({ seen, facts }: { seen: Seen; facts: GraphFacts }) {
  const [values, setValues] = useState(seen.values);
  const set = (next: SettingValues) => {
    seen.values = next;
    setValues(next);
  };
  return (
    <form aria-label="form">
      <SettingFolds values={values} onValues={set} factsOf={() => facts} error={null} />
    </form>
  );
}

/** Shows the folds; what is returned holds the values as they become. */
function show(first: SettingValues, facts = FACTS): Seen {
  const client = new QueryClient();
  client.setQueryData(settingsQuery().queryKey, SCHEMA);
  const seen = { values: first };
  render(
    <QueryClientProvider client={client}>
      <Form seen={seen} facts={facts} />
    </QueryClientProvider>,
  );
  return seen;
}

const changedOf = (fold: string) => screen.getByTestId(`fold-${fold}`).dataset.changed;

test("a fold says how much of it is changed, and takes it back", () => {
  const seen = show({ epochs: 7 });
  expect(changedOf("gradients")).toBe("0");
  fireEvent.change(screen.getByTestId("param-accumulate"), { target: { value: "4" } });
  fireEvent.change(screen.getByTestId("param-clip_norm"), { target: { value: "0.5" } });
  expect(changedOf("gradients")).toBe("2");
  expect(seen.values).toEqual({ epochs: 7, gradients: { accumulate: 4, clip_norm: 0.5 } });
  fireEvent.click(screen.getByTestId("reset-gradients"));
  expect(seen.values).toEqual({ epochs: 7 });
  expect(changedOf("gradients")).toBe("0");
});

test("a group that may be off shows its settings while it is on", () => {
  const seen = show({});
  expect(screen.queryByTestId("param-patience")).toBeNull();
  fireEvent.click(screen.getByTestId("setting-early_stopping"));
  fireEvent.change(screen.getByTestId("param-patience"), { target: { value: "2" } });
  expect(seen.values).toEqual({ early_stopping: { patience: 2 } });
  fireEvent.click(screen.getByTestId("setting-early_stopping"));
  expect(seen.values).toEqual({ early_stopping: null });
});

test("nodes and outputs are offered by name, and what was set for one that is gone can be taken back", () => {
  const seen = show({ frozen: ["old"] });
  fireEvent.click(screen.getByTestId("frozen-hidden"));
  fireEvent.change(screen.getByTestId("rate-hidden"), { target: { value: "0.1" } });
  fireEvent.click(screen.getByTestId("frozen-old"));
  fireEvent.change(screen.getByTestId("class-weights-label"), { target: { value: "balanced" } });
  expect(seen.values).toEqual({
    frozen: ["hidden"],
    rates: { hidden: 0.1 },
    class_weights: { label: "balanced" },
  });
  fireEvent.change(screen.getByTestId("class-weights-label"), { target: { value: "numbers" } });
  expect(screen.getByTestId("class-numbers-empty")).toBeTruthy();
  fireEvent.change(screen.getByTestId("class-numbers-label"), { target: { value: "1, 2.5" } });
  expect(seen.values.class_weights).toEqual({ label: [1, 2.5] });
  expect(screen.queryByTestId("class-numbers-empty")).toBeNull();
});

test("augmentation is offered where pictures arrive", () => {
  show({});
  expect(screen.queryByTestId("fold-augmentation")).toBeNull();
  cleanup();
  show({}, { ...FACTS, images: true });
  expect(screen.getByTestId("fold-augmentation")).toBeTruthy();
});

test("what cannot be taken stays as it was typed, and the form leads to it", () => {
  const seen = show({});
  const field = screen.getByTestId<HTMLInputElement>("param-accumulate");
  expect(focusWrong(screen.getByRole("form"))).toBeNull();
  fireEvent.change(field, { target: { value: "0" } });
  fireEvent.blur(field);
  expect(field.value).toBe("0");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(seen.values).toEqual({});
  expect(focusWrong(screen.getByRole("form"))).toBe(field);
  expect(screen.getByTestId<HTMLDetailsElement>("fold-gradients").open).toBe(true);
});
