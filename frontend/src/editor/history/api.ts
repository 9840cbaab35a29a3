import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, type Schemas } from "../../api/client";
import { cursorOf } from "../../api/paging";
import type { GraphDocument } from "../../graph/document";

export type Version = Schemas["GraphVersionListed"];
export type Brief = NonNullable<Version["changes"]>;

const PATH = "/api/v1/projects/{project_id}/versions/";
const keyOf = (projectId: string) => ["projects", projectId, "versions"];

/** The versions of a project's graph, newest first, a page at a time. */
export function useVersions(projectId: string) {
  return useInfiniteQuery({
    queryKey: keyOf(projectId),
    queryFn: ({ signal, pageParam }) =>
      request("GET", PATH, { path: { project_id: projectId }, query: { cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => cursorOf(page.next),
  });
}

/** Freezes the draft; where nothing changed since the last version, that one is the answer. */
export function useFreeze(projectId: string, flush: () => Promise<void>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await flush();
      return request("POST", PATH, { path: { project_id: projectId } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: keyOf(projectId) }),
  });
}

/** What the saved draft has that a version has not. `etag` is the draft's: another draft is another question. */
export function useDiff(projectId: string, number: number | null, etag: string | null) {
  return useQuery({
    queryKey: [...keyOf(projectId), number, "diff", etag],
    queryFn: ({ signal }) =>
      request("GET", "/api/v1/projects/{project_id}/versions/{number}/diff/", {
        path: { project_id: projectId, number: number ?? 0 },
        query: { against: "draft" },
        signal,
      }),
    enabled: number !== null && etag !== null,
    placeholderData: (before, query) => (query?.queryKey[3] === number ? before : undefined),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The graph of a version. */
export async function readVersion(projectId: string, number: number): Promise<GraphDocument> {
  const path = { project_id: projectId, number };
  const version = await request("GET", "/api/v1/projects/{project_id}/versions/{number}/", { path });
  return version.graph as unknown as GraphDocument;
}
