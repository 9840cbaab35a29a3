import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Page, request } from "../api/client";
import { cursorOf } from "../api/paging";
import type { RunStatus, TestResult } from "./events";

export interface OptimizerChoice {
  type: string;
  params: Record<string, unknown>;
}

export interface RunConfig {
  epochs: number;
  batch_size: number | "all";
  optimizer: OptimizerChoice;
  schedule: OptimizerChoice | null;
  seed: number;
  [setting: string]: unknown;
}

/** The metrics of a run at one moment of it. */
export interface Moment {
  epoch: number;
  step: number;
  values: Record<string, number | null>;
}

export interface RunError {
  code: string;
  message: string;
  node: string | null;
  traceback: string | null;
}

export interface Checkpoint {
  id: string;
  step: number;
  epoch: number;
  kinds: string[];
  metrics: Record<string, number | null>;
  size_bytes: number;
  created_at: string;
}

export interface Run {
  id: string;
  number: number;
  name: string;
  project: { id: string; name: string };
  graph_version: { id: string; number: number };
  dataset_version: { id: string; number: number; dataset: string; name: string };
  config: RunConfig;
  parent: { id: string; number: number; name: string } | null;
  parent_step: number | null;
  status: RunStatus;
  requested: "" | "pause" | "cancel";
  optimizer: string;
  learning_rate: number | null;
  batch_size: number | "all";
  num_epochs: number;
  device: string | null;
  num_threads: number | null;
  exact: boolean;
  num_parameters: number | null;
  step: number;
  num_steps: number | null;
  steps_per_epoch: number | null;
  epoch: number;
  /** The validation metric by which the run is judged at a glance. */
  metric: string | null;
  sparkline: number[];
  latest: Moment | null;
  best: Moment | null;
  test: TestResult | null;
  elapsed_seconds: number;
  time_left_seconds: number | null;
  seconds_per_step: number | null;
  samples_per_second: number | null;
  error: RunError | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface RunDetail extends Run {
  graph: { nodes: { id: string; name: string; type: string; params: Record<string, unknown> }[] };
  checkpoints: Checkpoint[];
}

/** How often the row of a run in progress is read again; its points come over the websocket. */
const POLL_MILLISECONDS = 2000;

export function isUnfinished(run: { status: RunStatus }): boolean {
  return run.status === "queued" || run.status === "running";
}

export function runQuery(runId: string) {
  return queryOptions({
    queryKey: ["runs", runId],
    queryFn: ({ signal }) => request<RunDetail>("GET", `runs/${runId}/`, { signal }),
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data) ? POLL_MILLISECONDS : false),
  });
}

/** The runs of a project, newest first, a page at a time. */
export function useRuns(projectId: string) {
  return useInfiniteQuery({
    queryKey: ["runs", "of", projectId],
    queryFn: ({ signal, pageParam }) => request<Page<Run>>("GET", `runs/?project=${projectId}${pageParam}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => cursorOf(page.next),
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.results.some(isUnfinished)) ? POLL_MILLISECONDS : false,
  });
}

export interface Curves {
  curves: Record<string, { steps: number[]; values: (number | null)[] }>;
  epochs: { epoch: number; step: number; time: string; seconds: number; values: Record<string, number | null> }[];
}

/** The curves of one run as the server thins them out, for comparing runs. */
export function curvesQuery(run: Run) {
  return queryOptions({
    queryKey: ["runs", run.id, "curves"],
    queryFn: ({ signal }) => request<Curves>("GET", `runs/${run.id}/metrics/?points=400`, { signal }),
    refetchInterval: isUnfinished(run) ? POLL_MILLISECONDS : false,
  });
}

/** Pauses, resumes or stops a run. */
export function useRunCommand(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (command: "pause" | "resume" | "cancel") => request<RunDetail>("POST", `runs/${runId}/${command}/`),
    onSuccess: (run) => client.setQueryData(["runs", runId], run),
  });
}

export interface Fork {
  checkpoint?: string;
  config: Partial<RunConfig>;
  carry: "weights" | "all";
}

/** Starts a run that goes on from a checkpoint of this one. */
export function useForkRun(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Fork) => request<RunDetail>("POST", `runs/${runId}/fork/`, { body }),
    onSuccess: (run) => {
      client.setQueryData(["runs", run.id], run);
      void client.invalidateQueries({ queryKey: ["runs", "of", run.project.id] });
    },
  });
}

export interface CatalogueEntry {
  type: string;
  label: string;
  summary: string;
  params: { name: string; label: string; default: unknown }[];
}

/** The optimizers that the catalogue offers. */
export function useOptimizers(): CatalogueEntry[] {
  const catalogue = useQuery({
    queryKey: ["catalogue", "optimizers"],
    queryFn: ({ signal }) => request<{ optimizers: CatalogueEntry[] }>("GET", "catalogue/", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return catalogue.data?.optimizers ?? [];
}
