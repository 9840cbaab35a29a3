/** Asks the server about the graph at each change that means something. What was known stays until the answer is there. */

import i18next from "i18next";
import { ApiError, request } from "../../api/client";
import type { Check, Problem } from "../../graph/check";
import { sameMeaning } from "../../graph/document";
import type { EditorState, EditorStore } from "./store";

/** After a check that could not be had, it is asked for again this often. */
const RETRY_MS = 3000;

function sameQuestion(a: EditorState, b: EditorState): boolean {
  return (
    a.datasetVersion === b.datasetVersion &&
    isPreparing(a) === isPreparing(b) &&
    a.batchSize === b.batchSize &&
    sameMeaning(a.history.present, b.history.present)
  );
}

function isPreparing(state: EditorState): boolean {
  return state.datasetProgress !== null;
}

/** Starts checking and gives the way to ask again (another language) and to stop. */
export function startLiveCheck(store: EditorStore): { askAgain: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay: AbortController | null = null;
  let isStale = false;

  async function ask(): Promise<void> {
    clearTimeout(timer);
    underWay?.abort();
    const controller = new AbortController();
    underWay = controller;
    isStale = false;
    const { history, projectId, datasetVersion, batchSize, check } = store.getState();
    const document = history.present;
    store.setState({ check: { ...check, status: "checking" } });
    const began = performance.now();
    try {
      const answer = await request("POST", "/api/v1/graphs/check/", {
        body: {
          graph: { ...document },
          batch_size: batchSize,
          dataset_version: datasetVersion,
          project: projectId,
        },
        signal: controller.signal,
      });
      const told = answer as unknown as Check;
      const result = isPreparing(store.getState()) ? waitForData(told, i18next.t("editor:node.waitsForData")) : told;
      const milliseconds = performance.now() - began;
      const kept = keepUnchanged(store.getState().check.result, result);
      store.setState({ check: { result: kept, document, status: "idle", milliseconds, message: null } });
    } catch (error) {
      if (controller.signal.aborted) return;
      const message = error instanceof ApiError ? error.message : String(error);
      store.setState({ check: { ...store.getState().check, status: "failed", message } });
      if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500)
        timer = setTimeout(() => void ask(), RETRY_MS);
    }
    if (underWay !== controller) return;
    underWay = null;
    if (isStale) void ask();
  }

  /**
   * One question at a time, at once where none is under way: while a key is held, shapes follow instead of waiting.
   * Giving up the one under way would gain nothing: the server looks at one graph of a person after the other.
   */
  function askNext(): void {
    if (underWay) isStale = true;
    else void ask();
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (
      state.history === before.history &&
      state.datasetVersion === before.datasetVersion &&
      state.datasetProgress === before.datasetProgress &&
      state.batchSize === before.batchSize
    )
      return;
    if (!sameQuestion(state, before)) askNext();
  });
  void ask();
  return {
    askAgain: () => void ask(),
    stop: () => {
      unsubscribe();
      clearTimeout(timer);
      underWay?.abort();
    },
  };
}

/** While the data set is being prepared nothing is wrong yet with what takes its facts: that is told as what it is. */
export function waitForData(check: Check, message: string): Check {
  const isWaiting = (problem: Problem) => problem.code === "data.unbound";
  const waiting = new Set(check.problems.filter(isWaiting).map((problem) => problem.node));
  const nodes = Object.entries(check.nodes).map(([id, node]) => [
    id,
    waiting.has(id) && node.state === "error" ? { ...node, state: "waiting" as const } : node,
  ]);
  return {
    ...check,
    nodes: Object.fromEntries(nodes),
    problems: check.problems.map((problem) =>
      isWaiting(problem) ? { ...problem, severity: "warning", message, fixes: [] } : problem,
    ),
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
