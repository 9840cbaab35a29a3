/** The history of a project over a reload, in IndexedDB. Steps share what did not change there as they do here. */

import { type GraphDocument, sameJson } from "../../graph/document";
import { type History, startHistory } from "../../graph/history";
import type { EditorStore } from "./store";

const DATABASE = "layerloom";
const STORE = "histories";
const PAUSE_MS = 150;

interface Remembered {
  history: History;
  /** The ETag of the draft that the present step was based on. */
  etag: string;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function read(projectId: string): Promise<Remembered | undefined> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const getting = database.transaction(STORE).objectStore(STORE).get(projectId);
    getting.onsuccess = () => resolve(getting.result as Remembered | undefined);
    getting.onerror = () => reject(getting.error);
  });
}

async function write(projectId: string, remembered: Remembered): Promise<void> {
  const database = await open();
  database.transaction(STORE, "readwrite").objectStore(STORE).put(remembered, projectId);
}

export interface Recalled {
  history: History;
  /** The document that the server has. It is the present one, unless changes were not saved before the page was left. */
  saved: GraphDocument;
}

/** The remembered history, where it ends in the server's draft or is ahead of it; else one that starts there. */
export async function recallHistory(projectId: string, draft: GraphDocument, etag: string): Promise<Recalled> {
  const remembered = await read(projectId).catch(() => undefined);
  if (!remembered) return { history: startHistory(draft), saved: draft };
  const history = { ...remembered.history, gesture: null };
  if (sameJson(history.present, draft)) return { history, saved: history.present };
  if (remembered.etag === etag) return { history, saved: draft };
  return { history: startHistory(draft), saved: draft };
}

/** Writes the history down after each change; a browser without storage forgets it at a reload and nothing else. */
export function rememberHistory(store: EditorStore, etag: () => string): () => void {
  const { projectId } = store.getState();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const writeNow = () => {
    clearTimeout(timer);
    timer = undefined;
    void write(projectId, { history: store.getState().history, etag: etag() }).catch(() => undefined);
  };
  const unsubscribe = store.subscribe((state, before) => {
    const changed = state.history !== before.history;
    const justSaved = state.save.status === "saved" && before.save.status !== "saved";
    if (!changed && !justSaved) return;
    clearTimeout(timer);
    timer = setTimeout(writeNow, PAUSE_MS);
  });
  const leave = () => {
    if (timer) writeNow();
  };
  window.addEventListener("pagehide", leave);
  return () => {
    unsubscribe();
    window.removeEventListener("pagehide", leave);
    leave();
  };
}
