/** What commands and buttons do to blocks: open and leave, make of what is selected, take apart, copy for one use. */

import { blockOf, makeUnique, renameBlock } from "../../graph/blocks";
import { openBlocks } from "../../graph/levels";
import { blockRefusal, dissolveBlock, dissolveRefusal, makeBlock } from "../../graph/makeBlock";
import { freeName, isBlockName } from "../../graph/names";
import { soleNode } from "./actions";
import { type EditorStore, graphHere } from "./store";
import { useView } from "./view";

const say = (refusal: string | null) => useView.getState().set({ refusal });

/** The only selected node where it uses a block. */
function soleBlock(store: EditorStore): string | null {
  const id = soleNode(store);
  const node = id && graphHere(store.getState()).nodes.find((one) => one.id === id);
  return node && blockOf(node.type) ? node.id : null;
}

export function openBlock(store: EditorStore, id: string | null = soleBlock(store)): void {
  if (!id) return;
  say(null);
  store.getState().openTrail([...store.getState().trail, id]);
  fitSoon();
}

/** Goes out to where so many blocks are open; the use that was open is selected. */
export function leaveTo(store: EditorStore, depth: number): void {
  const { trail, openTrail, selectNodes } = store.getState();
  const left = trail[depth];
  say(null);
  openTrail(trail.slice(0, depth));
  if (left) selectNodes(left);
  fitSoon();
}

export function makeBlockOfSelected(store: EditorStore): void {
  const { selection, layers, edit, selectNodes } = store.getState();
  const here = graphHere(store.getState());
  const refusal = blockRefusal(here, selection.nodes);
  say(refusal && `make.${refusal}`);
  if (refusal) return;
  const name = freeName(new Set(Object.keys(here.blocks)), "Block");
  const made = makeBlock(here, layers, selection.nodes, name);
  edit(made.document);
  selectNodes(made.id);
}

export function dissolveSelected(store: EditorStore): void {
  const id = soleNode(store);
  const here = graphHere(store.getState());
  const refusal = id ? dissolveRefusal(here, id) : "notBlock";
  say(refusal && `dissolve.${refusal}`);
  if (!id || refusal) return;
  const { document, ids } = dissolveBlock(here, id);
  store.getState().edit(document);
  store.getState().selectNodes(...ids);
}

export function makeSelectedUnique(store: EditorStore): void {
  const id = soleBlock(store);
  say(id ? null : "dissolve.notBlock");
  if (id) store.getState().edit(makeUnique(graphHere(store.getState()), id));
}

/** Gives the open block another name, wherever it is used. */
export function renameOpenBlock(store: EditorStore, wanted: string): void {
  const { history, trail, editWhole } = store.getState();
  const name = openBlocks(history.present, trail).at(-1)?.name;
  if (!name || name === wanted || !isBlockName(wanted) || history.present.blocks[wanted]) return;
  editWhole(renameBlock(history.present, name, wanted));
}

function fitSoon(): void {
  requestAnimationFrame(() => requestAnimationFrame(() => useView.getState().canvas?.fit()));
}
