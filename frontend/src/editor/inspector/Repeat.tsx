import { useTranslation } from "react-i18next";
import type { LayerForm } from "../../graph/catalogue";
import type { GraphNode } from "../../graph/document";
import { setRepeat } from "../../graph/edits";
import { useEditor, useEditorStore } from "../state/context";
import { checkHere, graphHere } from "../state/store";
import { DraftInput } from "./DraftInput";

const MOST = 1000;

/** How often the node stands in a row, for what takes one tensor and gives one. */
export function Repeat({ node, layer }: { node: GraphNode; layer: LayerForm }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const weights = useEditor((editor) => checkHere(editor)?.nodes[node.id]?.num_parameters ?? 0);
  const inputs = layer.inputs.filter((port) => !port.optional);
  const plain = layer.family === "block" || node.repeat || (layer.torch && weights > 0);
  if (!plain || inputs.length !== 1 || inputs[0]?.variadic || layer.outputs.length === 0) return null;
  const set = (repeat: number) =>
    store.getState().edit(setRepeat(graphHere(store.getState()), node.id, repeat), `repeat:${node.id}`);
  return (
    <section>
      <h3>{t("blocks.structure")}</h3>
      <div className="param">
        <label htmlFor={`repeat-${node.id}`}>
          {t("blocks.repeat")}
          <code>repeat</code>
        </label>
        <DraftInput
          id={`repeat-${node.id}`}
          value={String(node.repeat ?? 1)}
          read={(text) => (/^\d+$/.test(text) && +text >= 1 && +text <= MOST ? Number(text) : undefined)}
          onValue={set}
          onDone={() => store.getState().endGesture()}
          step={1}
          expected={`1–${MOST}`}
          testId="repeat"
        />
        <p className="hint">{t("blocks.repeatAbout")}</p>
      </div>
    </section>
  );
}
