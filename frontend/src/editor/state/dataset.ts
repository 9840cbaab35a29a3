import { queryOptions } from "@tanstack/react-query";
import { type Page, request } from "../../api/client";
import type { Column } from "./store";

export interface DatasetVersion {
  id: string;
  number: number;
  status: "ingesting" | "ready" | "failed";
  num_rows: number;
  manifest?: { columns: Column[] } | null;
}

export interface Dataset {
  id: string;
  name: string;
  versions: DatasetVersion[];
}

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: ({ signal }) => request<Page<Dataset>>("GET", "datasets/", { signal }),
});

export function versionQuery(datasetId: string, number: number) {
  return queryOptions({
    queryKey: ["datasets", datasetId, "versions", number],
    queryFn: ({ signal }) => request<DatasetVersion>("GET", `datasets/${datasetId}/versions/${number}/`, { signal }),
    refetchInterval: ({ state }) => (state.data?.status === "ingesting" ? 1000 : false),
  });
}

/** The newest version that can be used. */
export function readyVersion(dataset: Dataset): DatasetVersion | undefined {
  return dataset.versions.find((version) => version.status === "ready");
}
