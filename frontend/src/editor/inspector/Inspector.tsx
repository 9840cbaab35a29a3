import { useTranslation } from "react-i18next";
import { findNode } from "../../graph/document";
import { useDocument, useEditor } from "../state/context";
import { GraphSummary } from "./GraphSummary";
import { NodeInspector } from "./NodeInspector";
import { SelectionSummary } from "./SelectionSummary";

/** What is selected, in detail: one node, several, or the graph as a whole. */
export function Inspector() {
  const { t } = useTranslation("editor");
  const document = useDocument();
  const selected = useEditor((editor) => editor.selection.nodes);
  const only = selected.size === 1 ? findNode(document, [...selected][0]!) : undefined;
  return (
    <aside className="inspector" aria-label={t("inspector.label")} data-testid="inspector">
      {only ? (
        <NodeInspector key={only.id} node={only} />
      ) : selected.size > 1 ? (
        <SelectionSummary ids={selected} />
      ) : (
        <GraphSummary />
      )}
    </aside>
  );
}
