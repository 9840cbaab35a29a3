import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { type Page, request } from "../api/client";

export type Kind = "number" | "category" | "text" | "date" | "image";
export type Split = "train" | "val" | "test";

export interface Histogram {
  edges: number[];
  counts: number[];
}

/** A column and the facts of its kind; those of other kinds are absent. */
export interface Column {
  name: string;
  kind: Kind;
  missing: number;
  height?: number;
  width?: number;
  channels?: number;
  values?: unknown[];
  num_classes?: number;
  counts?: number[];
  min?: number | null;
  max?: number | null;
  mean?: number | null;
  std?: number | null;
  median?: number | null;
  histogram?: Histogram | null;
  min_words?: number;
  max_words?: number;
  num_distinct?: number;
}

export interface ServerProblem {
  code: string;
  message: string;
  details: { path: string; code: string; message: string }[];
}

export interface VersionSummary {
  id: string;
  number: number;
  status: "ingesting" | "ready" | "failed";
  /** Share done, 0 to 1. */
  progress: number;
  error: ServerProblem | null;
  num_rows: number | null;
  size_bytes: number | null;
  created_at: string;
}

export interface SplitSettings {
  val: number;
  test: number;
  seed: number;
  own_test: boolean;
  stratified_by: string | null;
}

export interface Version extends VersionSummary {
  columns: Column[];
  target: string | null;
  splits: Record<Split, number> | null;
  split_settings: SplitSettings | null;
  left_out: { reason: string; count: number }[];
}

export interface DatasetSummary {
  id: string;
  name: string;
  source: "sample" | "upload";
  sample: string;
  num_versions: number;
  /** The newest, whatever its status. */
  version: VersionSummary;
  created_at: string;
  updated_at: string;
}

export interface Dataset extends DatasetSummary {
  version: Version;
  ready_number: number | null;
}

export interface Sample {
  id: string;
  title: string;
  summary: string;
  kind: "image" | "table";
  num_rows: number;
  download_bytes: number;
  /** Nothing has to be downloaded. */
  here: boolean;
  /** The person's data set of it. */
  dataset: string | null;
}

export interface Row {
  index: number;
  split: Split;
  values: Record<string, unknown>;
}

export interface Rows {
  version: number;
  num_rows: number;
  offset: number;
  results: Row[];
}

/** What makes a new version of a data set; `name` alone only renames it. */
export interface DatasetChange {
  name?: string;
  kinds?: Record<string, Kind>;
  target?: string | null;
  split?: { val?: number; test?: number; seed?: number };
}

const POLL_MILLISECONDS = 700;

export const samplesQuery = queryOptions({
  queryKey: ["samples"],
  queryFn: ({ signal }) => request<Page<Sample>>("GET", "samples/", { signal }),
});

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: ({ signal }) => request<Page<DatasetSummary>>("GET", "datasets/", { signal }),
  refetchInterval: ({ state }) =>
    state.data?.results.some((dataset) => dataset.version.status === "ingesting") ? POLL_MILLISECONDS : false,
});

export function datasetQuery(id: string) {
  return queryOptions({
    queryKey: ["datasets", id],
    queryFn: ({ signal }) => request<Dataset>("GET", `datasets/${id}/`, { signal }),
    refetchInterval: ({ state }) => (state.data?.version.status === "ingesting" ? POLL_MILLISECONDS : false),
  });
}

export function versionQuery(id: string, number: number) {
  return queryOptions({
    queryKey: ["datasets", id, "versions", number],
    queryFn: ({ signal }) => request<Version>("GET", `datasets/${id}/versions/${number}/`, { signal }),
    refetchInterval: ({ state }) => (state.data?.status === "ingesting" ? POLL_MILLISECONDS : false),
  });
}

export function versionsQuery(id: string) {
  return queryOptions({
    queryKey: ["datasets", id, "versions"],
    queryFn: ({ signal }) => request<Page<VersionSummary>>("GET", `datasets/${id}/versions/`, { signal }),
  });
}

export function rowsQuery(id: string, version: number, split: Split, offset: number, limit: number) {
  return queryOptions({
    queryKey: ["datasets", id, "rows", version, split, offset, limit],
    queryFn: ({ signal }) =>
      request<Rows>("GET", `datasets/${id}/rows/?version=${version}&split=${split}&offset=${offset}&limit=${limit}`, {
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (previous) => previous,
  });
}

function useListsAgain(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["datasets"] }),
      client.invalidateQueries({ queryKey: ["samples"] }),
    ]);
}

/** Takes a sample: the person's data set of it, made if there is none. */
export function useTakeSample() {
  const again = useListsAgain();
  return useMutation({
    mutationFn: (sample: string) => request<Dataset>("POST", "datasets/", { body: { sample } }),
    onSuccess: again,
  });
}

export function useChangeDataset(id: string) {
  const again = useListsAgain();
  return useMutation({
    mutationFn: (change: DatasetChange) => request<Dataset>("PATCH", `datasets/${id}/`, { body: change }),
    onSuccess: again,
  });
}

export function useDeleteDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>("DELETE", `datasets/${id}/`),
    onSuccess: () => {
      client.removeQueries({ queryKey: ["datasets", id] });
      return client.invalidateQueries({ queryKey: ["datasets"], exact: true });
    },
  });
}
