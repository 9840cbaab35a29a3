import { useTranslation } from "react-i18next";
import { findNode } from "../../graph/document";
import { Button } from "../../ui/Button";
import { ErrorState } from "../../ui/States";
import { useDocument, useEditor } from "../state/context";
import { useGeneratedCode } from "../state/useGeneratedCode";
import { CodeView } from "./CodeView";

/** The module that trains, with the lines of the selected node marked. */
export default function CodeTab() {
  const { t } = useTranslation("editor");
  const document = useDocument();
  const { code, error } = useGeneratedCode();
  const selected = useEditor((editor) => (editor.selection.nodes.size === 1 ? [...editor.selection.nodes][0]! : null));
  if (error) return <ErrorState error={error} title={t("code.failed")} />;
  if (code === null) return <p className="t3 sm drawer-none">{t("code.none")}</p>;
  const download = () => {
    const link = window.document.createElement("a");
    link.href = URL.createObjectURL(new Blob([code], { type: "text/x-python" }));
    link.download = "network.py";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className="code-tab">
      <CodeView
        code={code}
        mark={selected ? (findNode(document, selected)?.name ?? null) : null}
        label={t("drawer.code")}
      />
      <div className="code-actions">
        <Button size="sm" icon="copy" onClick={() => void navigator.clipboard.writeText(code)}>
          {t("ui:actions.copy")}
        </Button>
        <Button size="sm" icon="download" onClick={download}>
          {t("code.download")}
        </Button>
      </div>
    </div>
  );
}
