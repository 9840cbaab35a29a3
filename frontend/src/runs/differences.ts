import { formatExact, formatRate } from "../ui/numbers";
import type { Run } from "./api";
import { formatMetric, NO_FIGURE } from "./metrics";

/** One setting or result of the runs compared, a value a run in their order. */
export interface Difference {
  name: string;
  values: string[];
  /** Which values are not that of the first run. */
  differs: boolean[];
}

/** Of the settings of these runs, those that differ, and how many are the same. */
export function differences(runs: readonly Run[]): { differing: Difference[]; numSame: number } {
  const settings = runs.map(settingsOf);
  const names = [...new Set(settings.flatMap((own) => Object.keys(own)))];
  const rows = names.map((name) =>
    rowOf(
      name,
      settings.map((own) => own[name] ?? NO_FIGURE),
    ),
  );
  const differing = rows.filter((row) => row.differs.some(Boolean));
  return { differing, numSame: rows.length - differing.length };
}

/** What the runs reached by the metric of the first of them. */
export function results(runs: readonly Run[]): Difference[] {
  const metric = runs[0]?.metric;
  if (!metric) return [];
  return [
    {
      ...rowOf(
        metric,
        runs.map((run) => formatMetric(metric, run.best?.values[metric])),
      ),
      differs: runs.map(() => false),
    },
  ];
}

function rowOf(name: string, values: string[]): Difference {
  return { name, values, differs: values.map((value) => value !== values[0]) };
}

function settingsOf(run: Run): Record<string, string> {
  const { optimizer, schedule, ...others } = run.config;
  const settings: Record<string, string> = {
    graph: `v${run.graph_version.number}`,
    data: `${run.dataset_version.name} v${run.dataset_version.number}`,
    parameters: run.num_parameters === null ? NO_FIGURE : formatExact(run.num_parameters),
    parent: run.parent ? String(run.parent.number) : NO_FIGURE,
    optimizer: optimizer.type,
    schedule: schedule?.type ?? NO_FIGURE,
  };
  for (const [name, value] of Object.entries(optimizer.params)) settings[name] = written(name, value);
  for (const [name, value] of Object.entries(schedule?.params ?? {})) {
    settings[`schedule.${name}`] = written(name, value);
  }
  for (const [name, value] of Object.entries(others)) settings[name] = written(name, value);
  return settings;
}

function written(name: string, value: unknown): string {
  if (typeof value === "number") return name === "lr" ? formatRate(value) : String(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
