import type { Run } from "./api";

export type Column =
  | "number"
  | "status"
  | "score"
  | "loss"
  | "epochs"
  | "time"
  | "parameters"
  | "optimizer"
  | "rate"
  | "batch"
  | "graph"
  | "started";

export interface Sorting {
  column: Column;
  descending: boolean;
}

/** What a column sorts by; null comes last either way. */
const SORT_VALUES: Record<Column, (run: Run) => number | string | null> = {
  number: (run) => run.number,
  status: (run) => run.status,
  score: (run) => scoreOf(run),
  loss: (run) => lossOf(run),
  epochs: (run) => run.epoch,
  time: (run) => run.elapsed_seconds,
  parameters: (run) => run.num_parameters,
  optimizer: (run) => run.optimizer,
  rate: (run) => run.learning_rate,
  batch: (run) => (run.batch_size === "all" ? Number.POSITIVE_INFINITY : run.batch_size),
  graph: (run) => run.graph_version.number,
  started: (run) => run.created_at,
};

/** The best value of the run's metric. */
export function scoreOf(run: Run): number | null {
  return run.metric ? (run.best?.values[run.metric] ?? null) : null;
}

/** The validation loss at the best moment, else the latest. */
export function lossOf(run: Run): number | null {
  return run.best?.values["val/loss"] ?? run.latest?.values["val/loss"] ?? null;
}

export function sortedRuns(runs: readonly Run[], { column, descending }: Sorting): Run[] {
  const value = SORT_VALUES[column];
  return [...runs].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === right) return b.number - a.number;
    if (left === null) return 1;
    if (right === null) return -1;
    return (left < right ? -1 : 1) * (descending ? -1 : 1);
  });
}

/** The runs whose name, state, optimizer, graph or settings contain every word of `text`, of one state where given. */
export function filteredRuns(runs: readonly Run[], text: string, status: Run["status"] | ""): Run[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((run) => {
    if (status && run.status !== status) return false;
    const said = [
      `run ${run.number}`,
      run.name,
      run.status,
      `v${run.graph_version.number}`,
      JSON.stringify(run.config),
    ];
    const all = said.join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
