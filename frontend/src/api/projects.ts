import { queryOptions } from "@tanstack/react-query";
import { type Page, request } from "./client";

/** The data set version a project is bound to. */
export interface BoundDataset {
  id: string;
  name: string;
  version_id: string;
  number: number;
  status: "ingesting" | "ready" | "failed";
  progress: number;
}

export interface Project {
  id: string;
  name: string;
  /** The version of the data set this project trains on. */
  dataset_version: string | null;
  dataset: BoundDataset | null;
  /** Families of the layers in order, for a small picture of the graph. */
  strip: string[];
  num_parameters: number | null;
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

/** What a new project starts from: a template with its data, or data alone, or nothing. */
export interface NewProject {
  name?: string;
  template?: string;
  dataset_version?: string;
}

export function createProject(body: NewProject): Promise<Project> {
  return request<Project>("POST", "projects/", { body });
}

/** Binds a project to a version of a data set. */
export function bindDataset(projectId: string, versionId: string): Promise<Project> {
  return request<Project>("PATCH", `projects/${projectId}/`, { body: { dataset_version: versionId } });
}
