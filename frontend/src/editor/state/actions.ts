/** What commands, menus and buttons do to the graph and its selection. */

import type { LayerForm } from "../../graph/catalogue";
import type { Fix, Problem } from "../../graph/check";
import { copyPart, duplicatePart, pastePart } from "../../graph/clipboard";
import { findNode } from "../../graph/document";
import {
  addAfter,
  addConnected,
  addNode,
  addNote,
  insertOnEdge,
  removeEdges,
  removeNodes,
  removeNote,
  toggleFrozen,
} from "../../graph/edits";
import { applyFix } from "../../graph/fixes";
import { NODE_HEIGHT, NODE_WIDTH, snap } from "../../graph/geometry";
import { followPath } from "../../graph/levels";
import { type Direction, neighbour, stream } from "../../graph/walk";
import { checkHere, type EditorStore, graphHere } from "./store";
import { type PickerRequest, useView } from "./view";

const present = (store: EditorStore) => graphHere(store.getState());

/** The only selected node, or null. */
export function soleNode(store: EditorStore): string | null {
  const { nodes } = store.getState().selection;
  return nodes.size === 1 ? [...nodes][0]! : null;
}

/** Adds a layer after what is selected, and selects it. */
export function addLayer(store: EditorStore, layer: LayerForm): void {
  const { layers, edit, selectNodes } = store.getState();
  const { document, id } = addAfter(present(store), layers, layer, soleNode(store));
  edit(document);
  selectNodes(id);
}

/** Carries out what the layer picker was opened for. */
export function placeLayer(store: EditorStore, layer: LayerForm, { world, purpose }: PickerRequest): void {
  const { layers, edit, selectNodes } = store.getState();
  const document = present(store);
  let added: { document: typeof document; id: string };
  if (purpose.kind === "insert") {
    added = insertOnEdge(document, layers, layer, purpose.edge);
  } else if (purpose.kind === "connect") {
    const tensor =
      purpose.side === "source"
        ? checkHere(store.getState())?.nodes[purpose.port.node]?.outputs[purpose.port.port]
        : undefined;
    added = addConnected(document, layers, layer, centred(world), { ...purpose.port, side: purpose.side, tensor });
  } else {
    added = addNode(document, layer, centred(world));
  }
  edit(added.document);
  selectNodes(added.id);
}

/** The upper left corner of a card whose middle is at the spot. */
export function centred([x, y]: [number, number]): [number, number] {
  return [snap(x - NODE_WIDTH / 2), snap(y - NODE_HEIGHT / 2)];
}

export function removeSelected(store: EditorStore): void {
  const { selection, layers, edit, select } = store.getState();
  let document = removeNodes(present(store), layers, selection.nodes);
  if (selection.edges.size > 0) document = removeEdges(document, selection.edges);
  for (const note of selection.notes) document = removeNote(document, note);
  edit(document);
  select({});
}

export function selectAll(store: EditorStore): void {
  const { nodes, notes } = present(store);
  store
    .getState()
    .select({ nodes: new Set(nodes.map((node) => node.id)), notes: new Set(notes.map((note) => note.id)) });
}

/** What is selected, as text for the clipboard; null when nothing is. */
export function copySelected(store: EditorStore): string | null {
  const { nodes } = store.getState().selection;
  return nodes.size > 0 ? copyPart(present(store), nodes) : null;
}

export function pasteText(store: EditorStore, text: string): boolean {
  const pasted = pastePart(present(store), text, [40, 40]);
  if (!pasted) return false;
  store.getState().edit(pasted.document);
  store.getState().selectNodes(...pasted.ids);
  return true;
}

export function duplicateSelected(store: EditorStore): void {
  const { selection, edit, selectNodes } = store.getState();
  if (selection.nodes.size === 0) return;
  const copied = duplicatePart(present(store), selection.nodes);
  edit(copied.document);
  selectNodes(...copied.ids);
}

export function freezeSelected(store: EditorStore): void {
  const { selection, edit } = store.getState();
  if (selection.nodes.size > 0) edit(toggleFrozen(present(store), selection.nodes));
}

export function walk(store: EditorStore, direction: Direction): void {
  const from = soleNode(store);
  const to = from ? neighbour(present(store), from, direction) : (present(store).nodes[0]?.id ?? null);
  if (!to) return;
  store.getState().selectNodes(to);
  useView.getState().canvas?.show(to);
}

export function selectStream(store: EditorStore, direction: "up" | "down"): void {
  const { nodes } = store.getState().selection;
  const all = [...nodes].flatMap((id) => [...stream(present(store), id, direction)]);
  store.getState().selectNodes(...all);
}

/** Adds an empty note right of the graph, at the height that is in view. */
export function newNote(store: EditorStore): void {
  const document = present(store);
  const spot = useView.getState().canvas?.spot() ?? [0, 0];
  const right = document.nodes.map((node) => node.position[0] + NODE_WIDTH + 40);
  const { document: next, id } = addNote(document, [
    snap(right.length > 0 ? Math.max(...right) : spot[0]),
    snap(spot[1]),
  ]);
  store.getState().edit(next);
  store.getState().select({ notes: new Set([id]) });
}

/** Applies a repair, whose edits are of the whole document. */
export function repair(store: EditorStore, problem: Problem, fix: Fix): void {
  const { history, editWhole, selectNodes } = store.getState();
  editWhole(applyFix(history.present, fix.edits));
  if (problem.node && findNode(present(store), problem.node)) selectNodes(problem.node);
  useView.getState().set({ problemOf: null });
}

/** Selects the node a problem is about, in its block, and brings it into view. */
export function showProblem(store: EditorStore, problem: Problem): void {
  if (!problem.node) return;
  const { history, trail, openTrail, selectNodes } = store.getState();
  const place = followPath(history.present, problem.node);
  const id = place.node?.id ?? problem.node.split("/")[0]!;
  const target = place.node ? place.trail : [];
  if (target.join("/") !== trail.join("/")) openTrail(target);
  selectNodes(id);
  useView.getState().set({ problemOf: id });
  useView.getState().canvas?.show(id);
}
