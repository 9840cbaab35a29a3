import { queryOptions } from "@tanstack/react-query";
import { type Page, request } from "./client";

export interface Project {
  id: string;
  name: string;
  /** The version of the data set this project trains on. */
  dataset_version: string | null;
  created_at: string;
  updated_at: string;
}

export function projectQuery(projectId: string) {
  return queryOptions({
    queryKey: ["projects", projectId],
    queryFn: ({ signal }) => request<Project>("GET", `projects/${projectId}/`, { signal }),
  });
}

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: ({ signal }) => request<Page<Project>>("GET", "projects/", { signal }),
});
