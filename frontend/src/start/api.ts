import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { type Page, request } from "../api/client";
import { createProject, type NewProject, type Project } from "../api/projects";
import type { Deployment } from "../deployments/api";
import { isUnfinished, type Run } from "../runs/api";

/** A project that comes along: a graph and the sample it trains on. */
export interface Template {
  id: string;
  title: string;
  summary: string;
  sample: string;
  kind: "image" | "table";
  strip: string[];
}

const POLL_MILLISECONDS = 3000;

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: ({ signal }) => request<Template[]>("GET", "templates/", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The latest runs of all projects. */
export const latestRunsQuery = queryOptions({
  queryKey: ["runs", "latest"],
  queryFn: ({ signal }) => request<Page<Run>>("GET", "runs/", { signal }),
  refetchInterval: ({ state }) => (state.data?.results.some(isUnfinished) ? POLL_MILLISECONDS : false),
});

export const allDeploymentsQuery = queryOptions({
  queryKey: ["deployments", "all"],
  queryFn: ({ signal }) => request<Page<Deployment>>("GET", "deployments/", { signal }),
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
    request<Project>("PATCH", `projects/${id}/`, { body: { name } }),
  );

export const useDuplicateProject = () =>
  useProjectChange((id: string) => request<Project>("POST", `projects/${id}/duplicate/`, { body: {} }));

export const useDeleteProject = () => useProjectChange((id: string) => request<void>("DELETE", `projects/${id}/`));
