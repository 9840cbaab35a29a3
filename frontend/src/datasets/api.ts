import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, type Schemas } from "../api/client";

export type Kind = Schemas["ColumnKindEnum"];
export type Split = Schemas["SplitEnum"];
export type Column = Schemas["Column"];
export type VersionSummary = Schemas["VersionSummary"];
export type SplitSettings = Schemas["SplitSettings"];
export type Version = Schemas["Version"];
export type DatasetSummary = Schemas["DatasetSummary"];
export type Dataset = Schemas["Dataset"];
export type Sample = Schemas["Sample"];
export type Row = Schemas["Row"];
/** What makes a new version of a data set; `name` alone only renames it. */
export type DatasetChange = Schemas["PatchedDatasetChange"];

const POLL_MILLISECONDS = 500;

export const samplesQuery = queryOptions({
  queryKey: ["samples"],
  queryFn: ({ signal }) => request("GET", "/api/v1/samples/", { signal }),
});

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: ({ signal }) => request("GET", "/api/v1/datasets/", { signal }),
  refetchInterval: ({ state }) =>
    state.data?.results.some((dataset) => dataset.version.status === "ingesting") ? POLL_MILLISECONDS : false,
});

export function datasetQuery(id: string) {
  return queryOptions({
    queryKey: ["datasets", id],
    queryFn: ({ signal }) => request("GET", "/api/v1/datasets/{id}/", { path: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.version.status === "ingesting" ? POLL_MILLISECONDS : false),
  });
}

export function versionQuery(id: string, number: number) {
  return queryOptions({
    queryKey: ["datasets", id, "versions", number],
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/datasets/{id}/versions/{number}/", { path: { id, number }, signal }),
    refetchInterval: ({ state }) => (state.data?.status === "ingesting" ? POLL_MILLISECONDS : false),
  });
}

export function versionsQuery(id: string) {
  return queryOptions({
    queryKey: ["datasets", id, "versions"],
    queryFn: ({ signal }) => request("GET", "/api/v1/datasets/{id}/versions/", { path: { id }, signal }),
  });
}

export function rowsQuery(id: string, version: number, split: Split, offset: number, limit: number) {
  return queryOptions({
    queryKey: ["datasets", id, "rows", version, split, offset, limit],
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/datasets/{id}/rows/", {
        path: { id },
        query: { version, split, offset, limit },
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
    mutationFn: (sample: string) => request("POST", "/api/v1/datasets/", { body: { sample } }),
    onSuccess: again,
  });
}

export function useChangeDataset(id: string) {
  const again = useListsAgain();
  return useMutation({
    mutationFn: (body: DatasetChange) => request("PATCH", "/api/v1/datasets/{id}/", { path: { id }, body }),
    onSuccess: again,
  });
}

export function useDeleteDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request("DELETE", "/api/v1/datasets/{id}/", { path: { id } }),
    onSuccess: () => {
      client.removeQueries({ queryKey: ["datasets", id] });
      return client.invalidateQueries({ queryKey: ["datasets"], exact: true });
    },
  });
}
