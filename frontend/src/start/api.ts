import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request, type Schemas } from "../api/client";
import { createProject, type NewProject } from "../api/projects";
import { isUnfinished, readRuns } from "../runs/api";

/** A project that comes along: a graph and the sample it trains on. */
export type Template = Schemas["Template"];

const POLL_MILLISECONDS = 3000;

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: ({ signal }) => request("GET", "/api/v1/templates/", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The latest runs of all projects. */
export const latestRunsQuery = queryOptions({
  queryKey: ["runs", "latest"],
  queryFn: ({ signal }) => readRuns({}, signal),
  refetchInterval: ({ state }) => (state.data?.results.some(isUnfinished) ? POLL_MILLISECONDS : false),
});

export const allDeploymentsQuery = queryOptions({
  queryKey: ["deployments", "all"],
  queryFn: ({ signal }) => request("GET", "/api/v1/deployments/", { signal }),
});

function useProjectChange<Body, Result>(change: (body: Body) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["projects"] }),
  });
}

export const useCreateProject = () => useProjectChange((body: NewProject) => createProject(body));

export const useRenameProject = () =>
  useProjectChange(({ id, name }: { id: string; name: string }) =>
    request("PATCH", "/api/v1/projects/{project_id}/", { path: { project_id: id }, body: { name } }),
  );

export const useDuplicateProject = () =>
  useProjectChange((id: string) =>
    request("POST", "/api/v1/projects/{project_id}/duplicate/", { path: { project_id: id }, body: {} }),
  );

export const useDeleteProject = () =>
  useProjectChange((id: string) => request("DELETE", "/api/v1/projects/{project_id}/", { path: { project_id: id } }));
