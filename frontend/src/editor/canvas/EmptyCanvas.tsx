import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/States";
import { addLayer } from "../state/actions";
import { commandById } from "../state/commands";
import { useEditor, useEditorStore } from "../state/context";

/** An empty canvas says how a graph begins. */
export function EmptyCanvas() {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const input = useEditor((editor) => editor.layers.get("Input"));
  return (
    <div className="canvas-empty" data-testid="canvas-empty">
      <EmptyState
        title={t("canvas.empty.title")}
        action={
          <>
            {input && (
              <Button
                variant="primary"
                icon="data"
                onClick={() => addLayer(store, input)}
                data-testid="add-first-input"
              >
                {t("canvas.empty.input")}
              </Button>
            )}
            <Button onClick={() => commandById("add").run(store)}>
              {t("canvas.empty.any")} <span className="kbd">N</span>
            </Button>
          </>
        }
      >
        {t("canvas.empty.text")}
      </EmptyState>
    </div>
  );
}
