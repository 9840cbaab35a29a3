import { useTranslation } from "react-i18next";
import type { GraphNode } from "../../graph/document";
import { renameNode } from "../../graph/edits";
import { nameProblem } from "../../graph/names";
import { useEditorStore } from "../state/context";
import { graphHere } from "../state/store";
import { useView } from "../state/view";
import { DraftInput } from "./DraftInput";

/** The name, which a click or F2 makes a field. */
export function NodeName({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const renaming = useView((view) => view.renaming);
  const setView = useView((view) => view.set);
  if (!renaming) {
    return (
      <button
        type="button"
        className="node-name"
        title={t("commands.rename")}
        onClick={() => setView({ renaming: true })}
        data-testid="node-name"
      >
        {node.name}
      </button>
    );
  }
  return (
    <DraftInput
      autoFocus
      label={t("commands.rename")}
      value={node.name}
      read={(text) => (nameProblem(graphHere(store.getState()), node.id, text) === null ? text : undefined)}
      onValue={(name) => {
        store.getState().edit(renameNode(graphHere(store.getState()), node.id, name), `name:${node.id}`);
      }}
      onDone={() => {
        store.getState().endGesture();
        setView({ renaming: false });
      }}
      expected={t("inspector.nameRule")}
      testId="node-name-input"
    />
  );
}
