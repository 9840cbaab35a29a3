import { useTranslation } from "react-i18next";
import { send } from "../api/client";
import type { GraphDocument } from "../graph/document";
import { startHistory } from "../graph/history";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { useAutosave } from "./state/autosaveContext";
import { useEditor, useEditorStore } from "./state/context";
import { NOTHING } from "./state/store";

/** Somebody, or another tab, saved first: the person says whose graph goes on. */
export function SaveConflict() {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const autosave = useAutosave();
  const conflict = useEditor((editor) => editor.save.status === "conflict");
  if (!conflict) return null;
  const theirs = () =>
    send("GET", "/api/v1/projects/{project_id}/graph/", { path: { project_id: store.getState().projectId } });
  const take = async () => {
    const response = await theirs();
    const document = (await response.json()) as GraphDocument;
    store.setState({ history: startHistory(document), trail: [], selection: NOTHING });
    autosave.tookTheirs(response.headers.get("ETag") ?? "");
  };
  const keep = async () => {
    const response = await theirs();
    autosave.keepMine(response.headers.get("ETag") ?? "");
  };
  return (
    <div className="conflict" role="alert" data-testid="save-conflict">
      <Icon name="warn" />
      <span className="grow">{t("conflict.text")}</span>
      <Button size="sm" onClick={() => void take()} data-testid="take-theirs">
        {t("conflict.take")}
      </Button>
      <Button size="sm" onClick={() => void keep()} data-testid="keep-mine">
        {t("conflict.keep")}
      </Button>
    </div>
  );
}
