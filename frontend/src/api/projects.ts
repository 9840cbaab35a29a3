import { queryOptions } from "@tanstack/react-query";
import { request, type Schemas } from "./client";

export type Project = Schemas["Project"];

export function projectQuery(projectId: string) {
  return queryOptions({
    queryKey: ["projects", projectId],
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/projects/{project_id}/", { path: { project_id: projectId }, signal }),
  });
}

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: ({ signal }) => request("GET", "/api/v1/projects/", { signal }),
});

/** What a new project starts from: a template with its data, or data alone, or nothing. */
export type NewProject = Schemas["ProjectCreate"];

export function createProject(body: NewProject): Promise<Project> {
  return request("POST", "/api/v1/projects/", { body });
}

/** Binds a project to a version of a data set, or to none. */
export function bindDataset(projectId: string, version: string | null): Promise<Project> {
  return request("PATCH", "/api/v1/projects/{project_id}/", {
    path: { project_id: projectId },
    body: { dataset_version: version },
  });
}
