import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request } from "../../api/client";
import { useEditor, useEditorStore } from "./context";

/** The module that the graph trains as, of the last graph that was checked. */
export function useGeneratedCode(): { code: string | null; error: Error | null; isPending: boolean } {
  const store = useEditorStore();
  const hash = useEditor((editor) => editor.check.result?.hash ?? null);
  const version = useEditor((editor) => editor.datasetVersion);
  const query = useQuery({
    queryKey: ["code", hash, version],
    enabled: hash !== null,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      request("POST", "/api/v1/graphs/code/", {
        body: { graph: { ...store.getState().history.present }, dataset_version: version },
        signal,
      }),
  });
  return { code: query.data?.code ?? null, error: query.error, isPending: query.isPending };
}
