/** The editor's state: the document with its history, what is selected, what the check said, whether it is saved. */

import { createStore, type StoreApi } from "zustand";
import type { Column } from "../../datasets/api";
import { type Catalogue, indexLayers, type LayerIndex } from "../../graph/catalogue";
import type { Check, Facts } from "../../graph/check";
import type { GraphDocument, Point } from "../../graph/document";
import { commit, endGesture, type History, redo, undo } from "../../graph/history";

export type SaveState =
  | { status: "saved" | "pending" | "saving" }
  | { status: "failed"; message: string }
  | { status: "conflict" };

export interface CheckState {
  /** The last answer; it stays while the next one is under way. */
  result: Check | null;
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
  history: History;
  selection: Selection;
  /** Where dragged cards are until they are let go; the document does not know of it yet. */
  drag: ReadonlyMap<string, Point> | null;
  check: CheckState;
  save: SaveState;
  /** Takes the next document as one step, or as more of the same gesture. */
  edit: (document: GraphDocument, gesture?: string) => void;
  endGesture: () => void;
  undo: () => void;
  redo: () => void;
  select: (selection: Partial<Selection>) => void;
  selectNodes: (...ids: string[]) => void;
}

export type EditorStore = StoreApi<EditorState>;

export interface EditorStart {
  projectId: string;
  catalogue: Catalogue;
  history: History;
  datasetVersion: string | null;
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
    batchSize: 32,
    selection: NOTHING,
    drag: null,
    check: { result: null, status: "idle", milliseconds: null, message: null },
    save: { status: "saved" },
    edit: (document, gesture) => set({ history: commit(get().history, document, gesture ?? null) }),
    endGesture: () => set({ history: endGesture(get().history) }),
    undo: () => set((state) => withHistory(state, undo(state.history))),
    redo: () => set((state) => withHistory(state, redo(state.history))),
    select: (selection) => set({ selection: { ...NOTHING, ...selection }, history: endGesture(get().history) }),
    selectNodes: (...ids) => get().select({ nodes: new Set(ids) }),
  }));
}

function withHistory(state: EditorState, history: History): Partial<EditorState> {
  return { history, selection: stillThere(state.selection, history.present) };
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
