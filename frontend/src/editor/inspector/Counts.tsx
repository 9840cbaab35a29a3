import { useTranslation } from "react-i18next";
import { formatBytes, formatCount, formatExact, formatShare } from "../../ui/numbers";
import { useEditor } from "../state/context";
import { checkHere } from "../state/store";

/** What the node costs, and its share of the whole. */
export function Counts({ nodeId }: { nodeId: string }) {
  const { t } = useTranslation("editor");
  const node = useEditor((editor) => checkHere(editor)?.nodes[nodeId]);
  const totals = useEditor((editor) => editor.check.result?.totals);
  if (!node || !totals) return null;
  const rows = [
    {
      text: "inspector.parameters",
      value: formatExact(node.num_parameters),
      part: node.num_parameters,
      whole: totals.num_parameters,
    },
    { text: "inspector.macs", value: formatCount(node.macs), part: node.macs, whole: totals.macs },
    {
      text: "inspector.activations",
      value: formatBytes(node.activation_bytes),
      part: node.activation_bytes,
      whole: totals.activation_bytes,
    },
  ];
  return (
    <section>
      <h3>{t("inspector.counts")}</h3>
      <dl className="kv" data-testid="node-counts">
        {rows.map((row) => (
          <div key={row.text}>
            <dt>{t(row.text)}</dt>
            <dd>
              {row.value} {row.whole > 0 && <span>{formatShare(Math.min(1, row.part / row.whole))}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
