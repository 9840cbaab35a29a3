import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { readCatalogue } from "../api/catalogue";
import { request, type Schemas } from "../api/client";
import { cursorOf } from "../api/paging";
import type { Catalogue } from "../graph/catalogue";
import type { Check } from "../graph/check";
import type { EpochEvent, RunStatus } from "./events";

export interface OptimizerChoice {
  type: string;
  params: Record<string, unknown>;
}

/** The learning rate's course; `every` and `warmup` count epochs or steps. */
export interface ScheduleChoice extends OptimizerChoice {
  every?: "epoch" | "step";
  warmup?: number;
}

export interface RunConfig {
  epochs: number;
  batch_size: number | "all";
  optimizer: OptimizerChoice;
  schedule: ScheduleChoice | null;
  seed: number;
  /** How much the loss of an output counts, by its name, instead of what the graph says. */
  loss_weights?: Record<string, number>;
  [setting: string]: unknown;
}

export type Checkpoint = Schemas["Checkpoint"];

/** The settings are JSON to the schema, for they grow with the trainer; these are the ones shown and edited here. */
export type Run = Omit<Schemas["Run"], "config"> & { config: RunConfig };

/** The graph is JSON to the schema; a run's page looks up names in it and compares parameters. */
export type RunDetail = Omit<Schemas["RunDetail"], "config" | "graph"> & {
  config: RunConfig;
  graph: { nodes: { id: string; name: string; type: string; params: Record<string, unknown> }[] };
};

interface RunPage {
  results: Run[];
  next: string | null;
}

/** How often the row of a run in progress is read again; its points come over the websocket. */
const POLL_MILLISECONDS = 2000;

export function isUnfinished(run: { status: RunStatus }): boolean {
  return run.status === "queued" || run.status === "running";
}

export function runQuery(runId: string) {
  return queryOptions({
    queryKey: ["runs", runId],
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/runs/{id}/", { path: { id: runId }, signal }) as Promise<RunDetail>,
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data) ? POLL_MILLISECONDS : false),
  });
}

export type Relative = Schemas["Relative"];

/** The family of a run, the oldest first. */
export function lineageQuery(runId: string) {
  return queryOptions({
    queryKey: ["runs", runId, "lineage"],
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/runs/{id}/lineage/", { path: { id: runId }, signal }) as Promise<Relative[]>,
  });
}

/** A page of runs, newest first. */
export function readRuns(query: { project?: string; cursor?: string }, signal?: AbortSignal): Promise<RunPage> {
  return request("GET", "/api/v1/runs/", { query, signal }) as Promise<RunPage>;
}

export function createRun(body: Schemas["RunCreate"]): Promise<RunDetail> {
  return request("POST", "/api/v1/runs/", { body }) as Promise<RunDetail>;
}

/** The runs of a project, newest first, a page at a time. */
export function useRuns(projectId: string) {
  return useInfiniteQuery({
    queryKey: ["runs", "of", projectId],
    queryFn: ({ signal, pageParam }) => readRuns({ project: projectId, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => cursorOf(page.next),
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.results.some(isUnfinished)) ? POLL_MILLISECONDS : false,
  });
}

/** `metrics/` without `after` answers with curves and epochs, and an epoch has the fields of its kind of event. */
export interface Curves {
  curves: Record<string, Schemas["RunCurve"]>;
  epochs: EpochEvent[];
}

/** The curves of one run as the server thins them out, for comparing runs. */
export function curvesQuery(run: Run) {
  return queryOptions({
    queryKey: ["runs", run.id, "curves"],
    queryFn: async ({ signal }) => {
      const options = { path: { id: run.id }, query: { points: 400 }, signal };
      return (await request("GET", "/api/v1/runs/{id}/metrics/", options)) as unknown as Curves;
    },
    refetchInterval: isUnfinished(run) ? POLL_MILLISECONDS : false,
  });
}

/** Pauses, resumes or stops a run. */
export function useRunCommand(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (command: "pause" | "resume" | "cancel") =>
      request("POST", `/api/v1/runs/{id}/${command}/`, { path: { id: runId } }) as Promise<RunDetail>,
    onSuccess: (run) => client.setQueryData(["runs", runId], run),
  });
}

export interface Fork {
  checkpoint?: string;
  config: Partial<RunConfig>;
  carry: Schemas["RunFork"]["carry"];
  graph_version: string;
}

/** Starts a run that goes on from a checkpoint of this one. */
export function useForkRun(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Fork) =>
      request("POST", "/api/v1/runs/{id}/fork/", { path: { id: runId }, body }) as Promise<RunDetail>,
    onSuccess: (run) => {
      client.setQueryData(["runs", run.id], run);
      void client.invalidateQueries({ queryKey: ["runs", "of", run.project.id] });
    },
  });
}

/** The optimizers and schedules that the catalogue offers. */
export function useParts(): Pick<Catalogue, "optimizers" | "schedules"> {
  const catalogue = useQuery({
    queryKey: ["catalogue", "parts", i18next.language],
    queryFn: ({ signal }) => readCatalogue(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return catalogue.data ?? { optimizers: [], schedules: [] };
}

/** What the check says of the graph that a run trains: which of its nodes have weights, and what arrives. */
export function runCheckQuery(run: RunDetail) {
  return queryOptions({
    queryKey: ["runs", run.id, "check"],
    queryFn: async ({ signal }) => {
      const body = { graph: run.graph as unknown as Record<string, unknown>, dataset_version: run.dataset_version.id };
      return (await request("POST", "/api/v1/graphs/check/", { body, signal })) as unknown as Check;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
