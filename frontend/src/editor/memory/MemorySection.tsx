import { useTranslation } from "react-i18next";
import { formatBytes, formatExact } from "../../ui/numbers";
import { useRunConfig } from "../state/runConfig";
import { LargestBatch } from "./LargestBatch";
import { useMemory } from "./useMemory";

const PARTS = [
  "activations",
  "weights",
  "gradients",
  "optimizer",
  "average",
  "batch",
  "data",
  "copies",
  "device",
] as const;

/** What training the graph takes at its worst moment, and what that is made of. */
export function MemorySection() {
  const { t } = useTranslation("editor");
  const [config] = useRunConfig();
  const state = useMemory();
  const { memory } = state;
  const batch = config.batch_size === "all" ? t("memory.allRows") : formatExact(config.batch_size);
  return (
    <section data-testid="memory-section" aria-busy={state.isStale}>
      <h3>{t("memory.title")}</h3>
      <p className="sm t2 memory-about">{t("memory.about", { batch, optimizer: config.optimizer.type })}</p>
      <dl className={state.isStale ? "kv stale" : "kv"}>
        <dt className="strong">{t(`memory.moments.${memory?.moment ?? "step"}`)}</dt>
        <dd data-testid="memory-peak" data-value={memory?.peak_bytes}>
          {memory ? formatBytes(memory.peak_bytes) : "–"}
        </dd>
        {memory &&
          PARTS.filter((part) => memory.parts[part] > 0).map((part) => (
            <div key={part} title={t(`memory.partHints.${part}`)}>
              <dt>{t(`memory.parts.${part}`)}</dt>
              <dd>{formatBytes(memory.parts[part])}</dd>
            </div>
          ))}
        {memory && (
          <div title={t("memory.inferenceHint")}>
            <dt>{t("memory.inference")}</dt>
            <dd>{formatBytes(memory.inference_bytes)}</dd>
          </div>
        )}
      </dl>
      {memory?.is_mapped && (
        <p className="sm t2 memory-mapped" data-testid="memory-mapped">
          {t("memory.isMapped")}
        </p>
      )}
      {memory && !memory.knows_losses && (
        <p className="sm t2" data-testid="memory-no-losses">
          {t("memory.noLosses")}
        </p>
      )}
      <LargestBatch {...state} />
    </section>
  );
}
