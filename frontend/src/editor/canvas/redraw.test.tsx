import { MantineProvider } from "@mantine/core";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { act, render } from "@testing-library/react";
import type * as Flow from "@xyflow/react";
import { ReactFlowProvider } from "@xyflow/react";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Catalogue, LayerForm } from "../../graph/catalogue";
import type { Check } from "../../graph/check";
import { EMPTY_DOCUMENT, type GraphDocument } from "../../graph/document";
import { setParam } from "../../graph/edits";
import { startHistory } from "../../graph/history";
import { EditorContext } from "../state/context";
import { createEditorStore, type EditorStore } from "../state/store";
import { FIRST_CONFIG } from "../train/config";
import { Canvas } from "./Canvas";

/** What React Flow was given, time after time. */
const given: Flow.ReactFlowProps[] = [];

vi.mock("@xyflow/react", async (original) => {
  const flow = await original<typeof Flow>();
  return {
    ...flow,
    ReactFlow: (props: Flow.ReactFlowProps) => {
      given.push(props);
      return <flow.ReactFlow {...props} />;
    },
  };
});

const port = (name: string) => ({ name, variadic: false, optional: false });
const LAYERS = ["Input", "Linear", "Output"].map((type) => ({
  type,
  family: "data",
  icon: "data",
  label: type,
  summary: "",
  params: [],
  telling: [],
  inputs: type === "Input" ? [] : [port("input")],
  outputs: type === "Output" ? [] : [port("output")],
})) as unknown as LayerForm[];
const CATALOGUE: Catalogue = { layers: LAYERS, families: [], losses: [], optimizers: [], schedules: [], metrics: [] };

const node = (id: string, type: string, y: number) => ({
  id,
  name: id,
  type,
  params: {},
  position: [0, y] as [number, number],
});
const wire = (source: string, target: string) => ({
  id: `${source}-${target}`,
  source,
  source_port: "output",
  target,
  target_port: "input",
});
const GRAPH: GraphDocument = {
  ...EMPTY_DOCUMENT,
  nodes: [node("x", "Input", 0), node("hidden", "Linear", 100), node("y", "Output", 200)],
  edges: [wire("x", "hidden"), wire("hidden", "y")],
};

function answer(width: number): Check {
  const of = (...shape: (string | number)[]) => ({
    outputs: { output: { shape: ["B", ...shape], dtype: "float32" } },
    num_parameters: 0,
    macs: 0,
    activation_bytes: 0,
    state: "ok",
  });
  const nodes = { x: of(4), hidden: of(width), y: of(width) };
  return { nodes, totals: {}, problems: [], hash: String(width) } as unknown as Check;
}

function tell(store: EditorStore, result: Check): void {
  act(() => store.setState({ check: { ...store.getState().check, result, status: "idle" } }));
}

beforeAll(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});
beforeEach(() => {
  given.length = 0;
});

async function opened(): Promise<EditorStore> {
  const store = createEditorStore({
    projectId: "p",
    projectName: "P",
    catalogue: CATALOGUE,
    history: startHistory(GRAPH),
    datasetVersion: null,
    batchSize: 32,
    runConfig: FIRST_CONFIG,
  });
  const page = () => (
    <MantineProvider>
      <ReactFlowProvider>
        <EditorContext value={store}>
          <Canvas />
        </EditorContext>
      </ReactFlowProvider>
    </MantineProvider>
  );
  const router = createRouter({ routeTree: createRootRoute({ component: page }), history: createMemoryHistory() });
  await router.load();
  render(<RouterProvider router={router} />);
  tell(store, answer(8));
  return store;
}

/** The names of what differs between two times; what is drawn over the graph is its own matter. */
function differing(before: Flow.ReactFlowProps, after: Flow.ReactFlowProps): string[] {
  return Object.keys(after).filter(
    (key) => key !== "children" && before[key as keyof typeof before] !== after[key as keyof typeof after],
  );
}

test("an edit gives React Flow the edited card anew, and the answer the wires whose shape is another", async () => {
  const store = await opened();
  const before = given.at(-1)!;

  act(() => store.getState().edit(setParam(GRAPH, "hidden", "out_features", 16)));

  const edited = given.at(-1)!;
  expect(differing(before, edited)).toEqual(["nodes"]);
  expect(edited.nodes!.filter((card) => !before.nodes!.includes(card)).map((card) => card.id)).toEqual(["hidden"]);

  tell(store, answer(16));

  const told = given.at(-1)!;
  expect(differing(edited, told)).toEqual(["edges"]);
  expect(told.edges!.filter((one) => !edited.edges!.includes(one)).map((one) => one.id)).toEqual(["hidden-y"]);
});

test("an answer that changes no shape gives React Flow nothing new", async () => {
  const store = await opened();
  const before = given.at(-1)!;

  tell(store, answer(8));

  expect(differing(before, given.at(-1)!)).toEqual([]);
});

test("choosing a card gives cards and wires anew and nothing else", async () => {
  const store = await opened();
  const before = given.at(-1)!;

  act(() => store.getState().selectNodes("hidden"));

  expect(differing(before, given.at(-1)!).sort()).toEqual(["edges", "nodes"]);
});
