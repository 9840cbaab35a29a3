import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { request, type Schemas } from "../../api/client";
import type { RunConfig } from "../../runs/api";
import { useEditor, useEditorStore } from "../state/context";
import { hasErrors } from "../state/problems";

export type Memory = Schemas["MemoryAnswer"];
export type MemoryDevice = Schemas["MemoryDevice"];

/** A question waits until nothing has changed for so long, for it costs more than the check. */
const CALM_MS = 800;
/** What is free changes by itself. */
const FRESH_MS = 15_000;
const ASKED = ["batch_size", "optimizer", "precision", "device", "gradients", "averaging", "frozen", "recompute"];

/** The settings that memory depends on. */
export function settingsOf(config: RunConfig): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => ASKED.includes(name)));
}

export interface MemoryState {
  memory: Memory | undefined;
  /** Whether it is that of an earlier graph or setting, until the answer is there. */
  isStale: boolean;
  /** Why it is not known, as a sentence. */
  reason: string | null;
}

/** The memory that a run of the graph as it is would need, asked once nothing has changed for a moment. */
export function useMemory(): MemoryState {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const config = useEditor((editor) => editor.runConfig);
  const version = useEditor((editor) => editor.datasetVersion);
  const check = useEditor((editor) => editor.check);
  const broken = hasErrors(check.result);
  const settled = check.status === "idle" && check.result !== null && !broken;
  const settings = settingsOf(config);
  const question = JSON.stringify([check.result?.hash, version, settings]);
  const [calm, setCalm] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(question), CALM_MS);
    return () => clearTimeout(timer);
  }, [question]);
  const query = useQuery({
    queryKey: ["memory", question],
    queryFn: ({ signal }) =>
      request("POST", "/api/v1/graphs/memory/", {
        body: { graph: { ...store.getState().history.present }, dataset_version: version, config: settings },
        signal,
      }),
    enabled: settled && calm === question,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    retry: false,
  });
  if (broken) return { memory: undefined, isStale: false, reason: t("memory.broken") };
  if (query.error) return { memory: undefined, isStale: false, reason: query.error.message };
  return { memory: query.data, isStale: query.isPlaceholderData || query.isPending, reason: null };
}
