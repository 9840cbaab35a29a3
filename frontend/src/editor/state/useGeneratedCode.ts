import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request } from "../../api/client";
import { useEditor } from "./context";

/** Shapes come first: code is asked for when no other answer of the check follows for so long. */
const PAUSE_MS = 300;

/** The module that the graph trains as, of the last graph that was checked. */
export function useGeneratedCode(): { code: string | null; error: Error | null; isPending: boolean } {
  const result = useEditor((editor) => editor.check.result);
  const document = useEditor((editor) => editor.check.document);
  const version = useEditor((editor) => editor.datasetVersion);
  const checked = useMemo(() => ({ hash: result?.hash, document, version }), [result, document, version]);
  const [asked] = useDebouncedValue(checked, PAUSE_MS);
  const query = useQuery({
    queryKey: ["code", asked.hash, asked.version],
    enabled: asked.document !== null,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      request("POST", "/api/v1/graphs/code/", {
        body: { graph: { ...asked.document! }, dataset_version: asked.version },
        signal,
      }),
  });
  return { code: query.data?.code ?? null, error: query.error, isPending: query.isPending };
}
