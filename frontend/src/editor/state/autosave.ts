/** Saves the draft after each change, under the ETag it came with; somebody else's faster change is shown, not overwritten. */

import { ApiError, send } from "../../api/client";
import type { GraphDocument } from "../../graph/document";
import type { EditorStore } from "./store";

const PAUSE_MS = 400;
const RETRY_MS = 4000;

export interface Autosave {
  etag: () => string;
  /** Saves what is here over what somebody else saved. */
  keepMine: (etag: string) => void;
  /** The person has taken the other draft: it is what is saved now. */
  tookTheirs: (etag: string) => void;
  /** Resolves when everything is saved; rejects when it cannot be. */
  flush: () => Promise<void>;
  stop: () => void;
}

export function startAutosave(store: EditorStore, firstEtag: string, firstSaved: GraphDocument): Autosave {
  const path = { project_id: store.getState().projectId };
  let etag = firstEtag;
  let saved = firstSaved;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | null = null;

  async function save(): Promise<void> {
    clearTimeout(timer);
    while (saved !== store.getState().history.present) {
      const document = store.getState().history.present;
      store.setState({ save: { status: "saving" } });
      const response = await send("PUT", "/api/v1/projects/{project_id}/graph/", {
        path,
        header: { "If-Match": etag },
        body: { ...document },
      });
      etag = response.headers.get("ETag") ?? etag;
      saved = document;
    }
    store.setState({ save: { status: "saved" } });
  }

  function start(): Promise<void> {
    running ??= save()
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 412) {
          store.setState({ save: { status: "conflict" } });
        } else {
          const message = error instanceof Error ? error.message : String(error);
          store.setState({ save: { status: "failed", message } });
          if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) soon(RETRY_MS);
        }
        throw error;
      })
      .finally(() => {
        running = null;
      });
    return running;
  }

  function soon(delay: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void start().catch(() => undefined), delay);
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (state.history.present === before.history.present || state.save.status === "conflict") return;
    if (state.history.present === saved) return;
    if (state.save.status !== "saving") store.setState({ save: { status: "pending" } });
    soon(PAUSE_MS);
  });
  const warn = (event: BeforeUnloadEvent) => {
    const { status } = store.getState().save;
    if (status === "failed" || status === "conflict") event.preventDefault();
  };
  const leave = () => {
    if (store.getState().save.status === "pending") void start().catch(() => undefined);
  };
  if (saved !== store.getState().history.present) soon(0);
  window.addEventListener("beforeunload", warn);
  document.addEventListener("visibilitychange", leave);

  return {
    etag: () => etag,
    keepMine: (theirs) => {
      etag = theirs;
      soon(0);
    },
    tookTheirs: (theirs) => {
      etag = theirs;
      saved = store.getState().history.present;
      store.setState({ save: { status: "saved" } });
    },
    flush: async () => {
      while (saved !== store.getState().history.present) await start();
    },
    stop: () => {
      unsubscribe();
      window.removeEventListener("beforeunload", warn);
      document.removeEventListener("visibilitychange", leave);
      void start().catch(() => undefined);
    },
  };
}
