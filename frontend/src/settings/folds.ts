/** Which settings stand together under one heading. */

import type { GraphFacts } from "./graphFacts";

export type FoldId =
  | "optimizer"
  | "gradients"
  | "augmentation"
  | "stopping"
  | "checkpoints"
  | "weights"
  | "classes"
  | "computing";

export interface FoldOfSettings {
  id: FoldId;
  /** Names of settings and of groups, in the order of the form. */
  names: readonly string[];
  /** Where the graph has nothing that these settings speak of, they are not offered. */
  isOffered?: (facts: GraphFacts) => boolean;
}

export const FOLDS: readonly FoldOfSettings[] = [
  { id: "optimizer", names: ["schedule", "decay"] },
  { id: "gradients", names: ["gradients"] },
  { id: "augmentation", names: ["augmentation"], isOffered: (facts) => facts.images },
  { id: "stopping", names: ["early_stopping", "limits"] },
  { id: "checkpoints", names: ["checkpoint"] },
  { id: "weights", names: ["averaging", "frozen", "rates"] },
  { id: "classes", names: ["class_weights"], isOffered: (facts) => facts.classes.length > 0 },
  { id: "computing", names: ["precision", "recompute", "device", "parallel", "deterministic"] },
];
