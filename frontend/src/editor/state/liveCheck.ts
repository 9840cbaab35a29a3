/** Asks the server about the graph at each change that means something. What was known stays until the answer is there. */

import { ApiError, request } from "../../api/client";
import type { Check } from "../../graph/check";
import { sameMeaning } from "../../graph/document";
import type { EditorState, EditorStore } from "./store";

/** Keystrokes closer together than this are one question. */
const PAUSE_MS = 20;
/** After a check that could not be had, it is asked for again this often. */
const RETRY_MS = 3000;

function sameQuestion(a: EditorState, b: EditorState): boolean {
  return (
    a.datasetVersion === b.datasetVersion &&
    a.batchSize === b.batchSize &&
    sameMeaning(a.history.present, b.history.present)
  );
}

/** Starts checking and gives the way to ask again (another language) and to stop. */
export function startLiveCheck(store: EditorStore): { askAgain: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay: AbortController | undefined;

  async function ask(): Promise<void> {
    underWay?.abort();
    const controller = new AbortController();
    underWay = controller;
    const { history, projectId, datasetVersion, batchSize, check } = store.getState();
    store.setState({ check: { ...check, status: "checking" } });
    const began = performance.now();
    try {
      const answer = await request("POST", "/api/v1/graphs/check/", {
        body: {
          graph: { ...history.present },
          batch_size: batchSize,
          dataset_version: datasetVersion,
          project: projectId,
        },
        signal: controller.signal,
      });
      const result = answer as unknown as Check;
      const milliseconds = performance.now() - began;
      const kept = keepUnchanged(store.getState().check.result, result);
      store.setState({ check: { result: kept, status: "idle", milliseconds, message: null } });
    } catch (error) {
      if (controller.signal.aborted) return;
      const message = error instanceof ApiError ? error.message : String(error);
      store.setState({ check: { ...store.getState().check, status: "failed", message } });
      if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) askSoon(RETRY_MS);
    }
  }

  function askSoon(delay: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), delay);
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (
      state.history === before.history &&
      state.datasetVersion === before.datasetVersion &&
      state.batchSize === before.batchSize
    )
      return;
    if (!sameQuestion(state, before)) askSoon(PAUSE_MS);
  });
  void ask();
  return {
    askAgain: () => askSoon(0),
    stop: () => {
      unsubscribe();
      clearTimeout(timer);
      underWay?.abort();
    },
  };
}

/** The new answer with the old objects wherever a node's result is the same, so that only what changed is drawn again. */
export function keepUnchanged(before: Check | null, after: Check): Check {
  if (!before) return after;
  const nodes = Object.fromEntries(
    Object.entries(after.nodes).map(([id, node]) => {
      const old = before.nodes[id];
      return [id, old && JSON.stringify(old) === JSON.stringify(node) ? old : node];
    }),
  );
  const same = JSON.stringify(before.problems) === JSON.stringify(after.problems);
  return { ...after, nodes, problems: same ? before.problems : after.problems };
}
