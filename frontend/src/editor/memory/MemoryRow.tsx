import { useTranslation } from "react-i18next";
import { formatBytes } from "../../ui/numbers";
import { LargestBatch } from "./LargestBatch";
import { useMemory } from "./useMemory";

/** The same in the form that starts a run: one line, and the button beneath it. */
export function MemoryRow() {
  const { t } = useTranslation("editor");
  const state = useMemory();
  const device = state.memory?.devices[0];
  const peak = device?.peak_bytes ?? state.memory?.peak_bytes;
  return (
    <div className="memory-row" data-testid="train-memory" aria-busy={state.isStale}>
      <div className="row between">
        <span className="param-label">{t("memory.title")}</span>
        <span className={state.isStale ? "sm stale" : "sm"}>
          <b data-testid="train-memory-peak" data-value={peak}>
            {peak === undefined ? "–" : formatBytes(peak)}
          </b>
          {device && <span className="t3"> {t("memory.ofFree", { free: formatBytes(device.free_bytes) })}</span>}
        </span>
      </div>
      <LargestBatch {...state} />
    </div>
  );
}
