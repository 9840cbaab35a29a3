/** Opens the card of a problem that an edit has just made, on its node. */

import type { Problem } from "../../graph/check";
import { nodeOf } from "./problems";
import type { EditorStore } from "./store";
import { useView } from "./view";

const keyOf = (problem: Problem) => `${problem.code}|${problem.node}|${problem.param}|${problem.edge}`;

/** Watches the check; what was there when the graph was opened is not announced. */
export function announceNewProblems(store: EditorStore): () => void {
  return store.subscribe((state, before) => {
    const { result } = state.check;
    const old = before.check.result;
    if (!result || !old || result.problems === old.problems) return;
    const known = new Set(old.problems.map(keyOf));
    const fresh = result.problems.find(
      (problem) => problem.severity === "error" && problem.node && !known.has(keyOf(problem)),
    );
    if (fresh) useView.getState().set({ problemOf: nodeOf(fresh) });
  });
}
