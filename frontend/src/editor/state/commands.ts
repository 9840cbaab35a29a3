/** Everything the editor can be told to do. Shortcuts, menus, the command palette and the sheet of keys are read from here. */

import { downloadFile } from "../../ui/download";
import {
  copySelected,
  duplicateSelected,
  freezeSelected,
  newNote,
  pasteText,
  removeSelected,
  selectAll,
  selectStream,
  soleNode,
  walk,
} from "./actions";
import { dissolveSelected, leaveTo, makeBlockOfSelected, makeSelectedUnique, openBlock } from "./blockActions";
import type { EditorStore } from "./store";
import { tidy } from "./tidy";
import { useView } from "./view";

export type CommandGroup = "edit" | "move" | "view" | "run";

export interface Command {
  /** Its text is `commands.ID` of the editor's texts. */
  id: string;
  group: CommandGroup;
  /** As `keyOf` names them. The first is shown. */
  keys: string[];
  icon?: string;
  /** The browser's own event does it (so that the system clipboard needs no permission); the key is only shown. */
  native?: boolean;
  run: (store: EditorStore) => void;
}

const view = () => useView.getState();

async function toClipboard(store: EditorStore): Promise<void> {
  const text = copySelected(store);
  if (text) await navigator.clipboard.writeText(text);
}

export const COMMANDS: Command[] = [
  { id: "train", group: "run", keys: ["Ctrl+Enter"], icon: "play", run: () => view().set({ train: true }) },
  { id: "everything", group: "view", keys: ["Ctrl+K"], icon: "search", run: () => view().set({ overlay: "commands" }) },
  { id: "add", group: "edit", keys: ["N"], icon: "plus", run: openPicker },
  { id: "undo", group: "edit", keys: ["Ctrl+Z"], icon: "undo", run: (store) => store.getState().undo() },
  {
    id: "redo",
    group: "edit",
    keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
    icon: "redo",
    run: (store) => store.getState().redo(),
  },
  { id: "selectAll", group: "edit", keys: ["Ctrl+A"], run: selectAll },
  { id: "copy", group: "edit", keys: ["Ctrl+C"], icon: "copy", native: true, run: (store) => void toClipboard(store) },
  {
    id: "cut",
    group: "edit",
    keys: ["Ctrl+X"],
    native: true,
    run: (store) => void toClipboard(store).then(() => removeSelected(store)),
  },
  {
    id: "paste",
    group: "edit",
    keys: ["Ctrl+V"],
    native: true,
    run: (store) => void navigator.clipboard.readText().then((text) => pasteText(store, text)),
  },
  { id: "duplicate", group: "edit", keys: ["Ctrl+D"], icon: "copy", run: duplicateSelected },
  { id: "remove", group: "edit", keys: ["Delete", "Backspace"], icon: "x", run: removeSelected },
  { id: "rename", group: "edit", keys: ["F2"], run: (store) => soleNode(store) && view().set({ renaming: true }) },
  { id: "freeze", group: "edit", keys: ["F"], icon: "lock", run: freezeSelected },
  { id: "makeBlock", group: "edit", keys: ["B"], icon: "block", run: makeBlockOfSelected },
  { id: "openBlock", group: "edit", keys: ["Enter"], icon: "block", run: (store) => openBlock(store) },
  { id: "dissolveBlock", group: "edit", keys: ["Shift+G"], run: dissolveSelected },
  { id: "uniqueBlock", group: "edit", keys: [], icon: "fork", run: makeSelectedUnique },
  { id: "note", group: "edit", keys: [], icon: "note", run: newNote },
  { id: "walkUp", group: "move", keys: ["ArrowUp"], run: (store) => walk(store, "up") },
  { id: "walkDown", group: "move", keys: ["ArrowDown"], run: (store) => walk(store, "down") },
  { id: "walkLeft", group: "move", keys: ["ArrowLeft"], run: (store) => walk(store, "left") },
  { id: "walkRight", group: "move", keys: ["ArrowRight"], run: (store) => walk(store, "right") },
  { id: "selectUp", group: "move", keys: ["Shift+ArrowUp"], run: (store) => selectStream(store, "up") },
  { id: "selectDown", group: "move", keys: ["Shift+ArrowDown"], run: (store) => selectStream(store, "down") },
  { id: "tidy", group: "view", keys: ["T"], icon: "tidy", run: (store) => void tidy(store) },
  { id: "fit", group: "view", keys: ["1"], icon: "fit", run: () => view().canvas?.fit() },
  { id: "zoomReset", group: "view", keys: ["0"], run: () => view().canvas?.reset() },
  { id: "zoomIn", group: "view", keys: ["+", "="], icon: "plus", run: () => view().canvas?.zoomIn() },
  { id: "zoomOut", group: "view", keys: ["-"], icon: "minus", run: () => view().canvas?.zoomOut() },
  { id: "outline", group: "view", keys: ["O"], icon: "outline", run: () => view().set({ outline: !view().outline }) },
  {
    id: "heat",
    group: "view",
    keys: ["H"],
    icon: "heat",
    run: () => view().set({ heat: view().heat ? null : "num_parameters" }),
  },
  { id: "download", group: "run", keys: [], icon: "download", run: downloadGraph },
  { id: "problems", group: "view", keys: [], icon: "error", run: () => view().set({ drawer: "problems" }) },
  { id: "code", group: "view", keys: [], icon: "code", run: () => view().set({ drawer: "code" }) },
  { id: "history", group: "view", keys: ["V"], icon: "clock", run: () => view().set({ drawer: "history" }) },
  { id: "shortcuts", group: "view", keys: ["?"], icon: "info", run: () => view().set({ overlay: "shortcuts" }) },
  { id: "escape", group: "view", keys: ["Escape"], run: leave },
];

/** The whole graph as the import takes it again. */
function downloadGraph(store: EditorStore): void {
  const { history, projectName } = store.getState();
  const text = JSON.stringify(history.present, null, 1);
  downloadFile(`${projectName.replace(/[\\/:*?"<>|]/g, "_")}.json`, new Blob([text], { type: "application/json" }));
}

function openPicker(): void {
  const canvas = view().canvas;
  if (!canvas) return;
  const world = canvas.spot();
  view().set({ picker: { screen: canvas.toScreen(world), world, purpose: { kind: "add" } } });
}

function leave(store: EditorStore): void {
  const { selection, trail, select } = store.getState();
  const selected = selection.nodes.size + selection.edges.size + selection.notes.size > 0;
  if (view().problemOf || view().refusal) view().set({ problemOf: null, refusal: null });
  else if (selected || trail.length === 0) select({});
  else leaveTo(store, trail.length - 1);
}

export function commandById(id: string): Command {
  return COMMANDS.find((command) => command.id === id)!;
}

/** "Ctrl+Shift+Z" for the event; Ctrl stands for Cmd on a Mac. */
export function keyOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const shifted = event.shiftKey && (event.key.length > 1 || /[A-Z]/.test(key));
  return [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", shifted ? "Shift" : "", key]
    .filter(Boolean)
    .join("+");
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const SHOWN: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Delete: "Del",
};

/** A key as a person reads it on their keyboard. */
export function shownKey(key: string): string {
  const parts = key.split(/\+(?=.)/).map((part) => SHOWN[part] ?? (isMac && part === "Ctrl" ? "⌘" : part));
  return parts.join(" ");
}
