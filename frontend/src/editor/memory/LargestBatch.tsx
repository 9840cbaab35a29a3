import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { formatBytes, formatExact } from "../../ui/numbers";
import { useRunConfig } from "../state/runConfig";
import type { MemoryDevice, MemoryState } from "./useMemory";

/** Whether the run fits where it would go, and the largest batch that does, to be taken by a press. */
export function LargestBatch({ memory, isStale, reason }: MemoryState) {
  const { t } = useTranslation("editor");
  const [config, setConfig] = useRunConfig();
  const device = memory?.devices[0];
  const largest = device?.largest_batch;
  const why = reason ?? (memory ? whyNot(device, config.batch_size) : "memory.waiting");
  const whyId = useId();
  const tight = device !== undefined && !device.fits;
  return (
    <div className="largest-batch" data-testid="largest-batch">
      {tight && (
        <p className="sm warnc memory-warning" role="status" data-testid="memory-warning">
          <Icon name="warn" size={14} />
          <span>
            {t("memory.tooMuch", {
              needed: formatBytes(device.peak_bytes),
              free: formatBytes(device.free_bytes),
              device: deviceName(device, t),
            })}
          </span>
        </p>
      )}
      <Button
        size="sm"
        disabled={why !== null || isStale}
        aria-describedby={why === null ? undefined : whyId}
        onClick={() => largest !== undefined && setConfig((old) => ({ ...old, batch_size: largest }))}
        data-testid="take-largest-batch"
      >
        {largest ? t("memory.largest", { batch: formatExact(largest) }) : t("memory.largestUnknown")}
      </Button>
      <span className="xs t3" id={whyId} data-testid="largest-batch-why">
        {why === null ? t("memory.largestHint", { device: device ? deviceName(device, t) : "" }) : (reason ?? t(why))}
      </span>
    </div>
  );
}

/** Why the button has nothing to do; null where it has. */
function whyNot(device: MemoryDevice | undefined, batchSize: number | "all") {
  if (!device) return "memory.noDevice" as const;
  if (device.largest_batch === 0) return "memory.nothingFits" as const;
  return device.largest_batch === batchSize ? ("memory.isLargest" as const) : null;
}

function deviceName(device: MemoryDevice, t: (key: "memory.cpu") => string): string {
  return device.kind === "cpu" ? t("memory.cpu") : device.name;
}
