import { useTranslation } from "react-i18next";
import { formatBytes, formatCount, formatExact } from "../../ui/numbers";
import { MemorySection } from "../memory/MemorySection";
import { useDocument, useEditor } from "../state/context";
import { BlockSettings } from "./BlockSettings";

/** The graph as a whole, while nothing is selected. */
export function GraphSummary() {
  const { t } = useTranslation("editor");
  const document = useDocument();
  const totals = useEditor((editor) => editor.check.result?.totals);
  const open = document.inside?.names.at(-1);
  return (
    <>
      {open && <BlockSettings key={open} name={open} />}
      <section>
        <div className="strong">{t("summary.title")}</div>
        <p className="sm t2 summary-text">{t("summary.text")}</p>
      </section>
      <section>
        <h3>{t("inspector.counts")}</h3>
        <dl className="kv">
          <dt>{t("summary.nodes")}</dt>
          <dd>{formatExact(document.nodes.length)}</dd>
          <dt>{t("inspector.parameters")}</dt>
          <dd data-testid="total-parameters">{totals ? formatExact(totals.num_parameters) : "–"}</dd>
          <dt>{t("inspector.macs")}</dt>
          <dd>{totals ? formatCount(totals.macs) : "–"}</dd>
          <dt>{t("inspector.activations")}</dt>
          <dd>{totals ? formatBytes(totals.activation_bytes) : "–"}</dd>
        </dl>
      </section>
      <MemorySection />
    </>
  );
}
