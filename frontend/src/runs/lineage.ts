import type { Relative } from "./api";

export interface Branch {
  run: Relative;
  depth: number;
}

/** The runs of a family in the order of a tree, each with its depth. */
export function branches(family: Relative[]): Branch[] {
  const known = new Set(family.map((one) => one.id));
  const walk = (parent: string | null, depth: number): Branch[] =>
    family
      .filter((one) => (parent === null ? !one.parent || !known.has(one.parent) : one.parent === parent))
      .flatMap((one) => [{ run: one, depth }, ...walk(one.id, depth + 1)]);
  return walk(null, 0);
}
