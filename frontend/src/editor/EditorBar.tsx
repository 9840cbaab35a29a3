import { useTranslation } from "react-i18next";
import { TopbarSlot } from "../shell/TopbarSlot";
import { Icon } from "../ui/Icon";
import { formatBytes, formatCount, formatExact } from "../ui/numbers";
import { DatasetMenu } from "./DatasetMenu";
import { useMemory } from "./memory/useMemory";
import { useEditor } from "./state/context";
import { TrainMenu } from "./train/TrainMenu";

/** What the editor puts into the top bar: whether it is saved, the totals, the data set, Train. */
export function EditorBar() {
  return (
    <>
      <TopbarSlot slot="state">
        <Saved />
      </TopbarSlot>
      <TopbarSlot slot="actions">
        <Totals />
        <DatasetMenu />
        <TrainMenu />
      </TopbarSlot>
    </>
  );
}

function Saved() {
  const { t } = useTranslation("editor");
  const save = useEditor((editor) => editor.save);
  const bad = save.status === "failed" || save.status === "conflict";
  return (
    <span
      className={bad ? "saved bad" : "saved"}
      role="status"
      data-testid="save-state"
      data-state={save.status}
      title={save.status === "failed" ? save.message : undefined}
    >
      {save.status === "saved" && <Icon name="check" size={14} />}
      {bad && <Icon name="error" size={14} />}
      {t(`save.${save.status}`)}
    </span>
  );
}

function Totals() {
  const { t } = useTranslation("editor");
  const totals = useEditor((editor) => editor.check.result?.totals);
  const batchSize = useEditor((editor) => editor.batchSize);
  const { memory, isStale, reason } = useMemory();
  if (!totals) return null;
  return (
    <div className="totals" data-testid="totals">
      <div
        title={formatExact(totals.num_parameters)}
        data-testid="totals-parameters"
        data-value={totals.num_parameters}
      >
        <b>{formatCount(totals.num_parameters)}</b>
        <span>{t("totals.parameters")}</span>
      </div>
      <div className="t-macs" title={formatExact(totals.macs)}>
        <b>{formatCount(totals.macs)}</b>
        <span>{t("totals.macs")}</span>
      </div>
      <div className={isStale ? "t-mem stale" : "t-mem"} title={reason ?? t("totals.memoryHint")}>
        <b data-testid="totals-memory">{memory ? formatBytes(memory.peak_bytes) : "–"}</b>
        <span>{t("totals.memory", { batch: batchSize })}</span>
      </div>
    </div>
  );
}
