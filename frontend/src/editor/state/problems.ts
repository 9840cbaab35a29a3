import type { Check, Problem } from "../../graph/check";

const NONE: Problem[] = [];
const byNode = new WeakMap<Problem[], Map<string, Problem[]>>();

/** The node of this level that a problem stands on: inside blocks its path begins with the block's node. */
export function nodeOf(problem: Problem): string | null {
  return problem.node?.split("/")[0] ?? null;
}

/** The problems that stand on a node, errors first. */
export function problemsOf(check: Check | null, nodeId: string): Problem[] {
  if (!check || check.problems.length === 0) return NONE;
  let index = byNode.get(check.problems);
  if (!index) {
    index = new Map();
    for (const problem of [...check.problems].sort(errorsFirst)) {
      const node = nodeOf(problem);
      if (node) index.set(node, [...(index.get(node) ?? []), problem]);
    }
    byNode.set(check.problems, index);
  }
  return index.get(nodeId) ?? NONE;
}

export function worstProblem(check: Check | null, nodeId: string): Problem | undefined {
  return problemsOf(check, nodeId)[0];
}

export function errorsFirst(a: Problem, b: Problem): number {
  return Number(a.severity === "warning") - Number(b.severity === "warning");
}

export function hasErrors(check: Check | null): boolean {
  return check?.problems.some((problem) => problem.severity === "error") ?? false;
}
