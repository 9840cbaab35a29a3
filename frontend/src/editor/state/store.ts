/** The editor's state: the document with its history, what is selected, what the check said, whether it is saved. */

import { createStore, type StoreApi } from "zustand";
import type { Column } from "../../datasets/api";
import { type Catalogue, indexLayers, type LayerIndex } from "../../graph/catalogue";
import type { Check, Facts } from "../../graph/check";
import type { GraphDocument, Point } from "../../graph/document";
import { commit, endGesture, type History, redo, undo } from "../../graph/history";
import { openBlocks, openCheck, openGraph, type Trail, writeGraph } from "../../graph/levels";
import type { RunConfig } from "../../runs/api";

export type SaveState =
  | { status: "saved" | "pending" | "saving" }
  | { status: "failed"; message: string }
  | { status: "conflict" };

export interface CheckState {
  /** The last answer; it stays while the next one is under way. */
  result: Check | null;
  /** What that answer is of. */
  document: GraphDocument | null;
  status: "idle" | "checking" | "failed";
  /** How long the last answer took, in milliseconds. */
  milliseconds: number | null;
  message: string | null;
}

export interface Selection {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  notes: ReadonlySet<string>;
}

export const NOTHING: Selection = { nodes: new Set(), edges: new Set(), notes: new Set() };

export interface EditorState {
  projectId: string;
  projectName: string;
  catalogue: Catalogue;
  layers: LayerIndex;
  columns: Column[];
  facts: Facts;
  datasetVersion: string | null;
  datasetName: string | null;
  datasetRows: number | null;
  /** How far the data set is read, 0 to 1; null unless it is being prepared. */
  datasetProgress: number | null;
  batchSize: number;
  /** The settings that the next run would have. */
  runConfig: RunConfig;
  history: History;
  /** The blocks that are open; edits and selection are of the graph at its end. */
  trail: Trail;
  selection: Selection;
  /** Where dragged cards are until they are let go; the document does not know of it yet. */
  drag: ReadonlyMap<string, Point> | null;
  check: CheckState;
  save: SaveState;
  /** Takes what the open graph (see `graphHere`) has become as one step, or as more of the same gesture. */
  edit: (graph: GraphDocument, gesture?: string) => void;
  /** The same for the whole document, whatever is open. */
  editWhole: (document: GraphDocument, gesture?: string) => void;
  /** Opens the blocks along a trail, or leaves them. */
  openTrail: (trail: Trail) => void;
  endGesture: () => void;
  undo: () => void;
  redo: () => void;
  select: (selection: Partial<Selection>) => void;
  selectNodes: (...ids: string[]) => void;
}

export type EditorStore = StoreApi<EditorState>;

export interface EditorStart {
  projectId: string;
  projectName: string;
  catalogue: Catalogue;
  history: History;
  datasetVersion: string | null;
  batchSize: number;
  runConfig: RunConfig;
}

export function createEditorStore(start: EditorStart): EditorStore {
  return createStore<EditorState>((set, get) => ({
    ...start,
    layers: indexLayers(start.catalogue),
    columns: [],
    facts: new Map(),
    datasetName: null,
    datasetRows: null,
    datasetProgress: null,
    trail: [],
    selection: NOTHING,
    drag: null,
    check: { result: null, document: null, status: "idle", milliseconds: null, message: null },
    save: { status: "saved" },
    edit: (graph, gesture) => get().editWhole(writeGraph(get().history.present, get().trail, graph), gesture),
    editWhole: (document, gesture) => {
      const history = commit(get().history, document, gesture ?? null);
      set({ history, trail: stillOpen(get().trail, document) });
    },
    openTrail: (trail) =>
      set({
        trail: stillOpen(trail, get().history.present),
        selection: NOTHING,
        drag: null,
        history: endGesture(get().history),
      }),
    endGesture: () => set({ history: endGesture(get().history) }),
    undo: () => set((state) => withHistory(state, undo(state.history))),
    redo: () => set((state) => withHistory(state, redo(state.history))),
    select: (selection) => set({ selection: { ...NOTHING, ...selection }, history: endGesture(get().history) }),
    selectNodes: (...ids) => get().select({ nodes: new Set(ids) }),
  }));
}

function withHistory(state: EditorState, history: History): Partial<EditorState> {
  const trail = stillOpen(state.trail, history.present);
  const graph = openGraph(history.present, trail);
  const selection = trail === state.trail ? stillThere(state.selection, graph) : NOTHING;
  return { history, trail, selection };
}

/** The trail as far as its blocks are there; the same object where all are. */
function stillOpen(trail: Trail, document: GraphDocument): Trail {
  const depth = openBlocks(document, trail).length;
  return depth === trail.length ? trail : trail.slice(0, depth);
}

/** The graph that is open: the whole document, or the inside of a block. */
export function graphHere({ history, trail }: EditorState): GraphDocument {
  return openGraph(history.present, trail);
}

/** What the check says about the open graph. */
export function checkHere({ check, trail }: EditorState): Check | null {
  return openCheck(check.result, trail);
}

function stillThere(selection: Selection, document: GraphDocument): Selection {
  const keep = (ids: ReadonlySet<string>, items: { id: string }[]) => {
    const present = new Set(items.map((item) => item.id));
    return new Set([...ids].filter((id) => present.has(id)));
  };
  return {
    nodes: keep(selection.nodes, document.nodes),
    edges: keep(selection.edges, document.edges),
    notes: keep(selection.notes, document.notes),
  };
}

/** The facts that parameters may refer to: `label.num_classes` -> 10. */
export function factsOf(columns: readonly Column[]): Facts {
  return new Map(
    columns.flatMap(({ name, kind: _, ...facts }) =>
      Object.entries(facts).map(([key, value]) => [`${name}.${key}`, value]),
    ),
  );
}
