import type { RunConfig } from "../../runs/api";
import { useEditor, useEditorStore } from "./context";

/** The settings that the next run would have, and the way to change them; the check goes by their batch size. */
export function useRunConfig(): [RunConfig, (next: RunConfig | ((old: RunConfig) => RunConfig)) => void] {
  const store = useEditorStore();
  const config = useEditor((editor) => editor.runConfig);
  return [
    config,
    (next) =>
      store.setState((editor) => {
        const runConfig = typeof next === "function" ? next(editor.runConfig) : next;
        const { batch_size } = runConfig;
        return typeof batch_size === "number" ? { runConfig, batchSize: batch_size } : { runConfig };
      }),
  ];
}
