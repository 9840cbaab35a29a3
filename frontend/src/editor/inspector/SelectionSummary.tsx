import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { formatBytes, formatCount, formatExact } from "../../ui/numbers";
import { commandById, shownKey } from "../state/commands";
import { useEditor, useEditorStore } from "../state/context";
import { checkHere } from "../state/store";

const ACTIONS = ["tidy", "duplicate", "remove"];

/** Several nodes: their sums and what can be done with them together. */
export function SelectionSummary({ ids }: { ids: ReadonlySet<string> }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const nodes = useEditor((editor) => checkHere(editor)?.nodes);
  const sum = (key: "num_parameters" | "macs" | "activation_bytes") =>
    [...ids].reduce((total, id) => total + (nodes?.[id]?.[key] ?? 0), 0);
  return (
    <>
      <section>
        <div className="strong">{t("summary.selected", { count: ids.size })}</div>
      </section>
      <section>
        <h3>{t("inspector.counts")}</h3>
        <dl className="kv">
          <dt>{t("inspector.parameters")}</dt>
          <dd>{formatExact(sum("num_parameters"))}</dd>
          <dt>{t("inspector.macs")}</dt>
          <dd>{formatCount(sum("macs"))}</dd>
          <dt>{t("inspector.activations")}</dt>
          <dd>{formatBytes(sum("activation_bytes"))}</dd>
        </dl>
      </section>
      <section className="selection-actions">
        {ACTIONS.map(commandById).map((command) => (
          <Button key={command.id} icon={command.icon} onClick={() => command.run(store)}>
            {t(`commands.${command.id}`)} <span className="kbd">{shownKey(command.keys[0]!)}</span>
          </Button>
        ))}
      </section>
    </>
  );
}
