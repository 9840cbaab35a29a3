import "../styles/history.css";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Problem } from "../../ui/Problem";
import { EmptyState, ErrorState, Skeleton } from "../../ui/States";
import { useAutosave } from "../state/autosaveContext";
import { useEditor } from "../state/context";
import { useFreeze, useVersions } from "./api";
import { VersionDiff } from "./VersionDiff";
import { VersionList } from "./VersionList";

/** The saved versions of the graph; the one chosen is held against what is on the canvas, and can be restored. */
export default function HistoryTab() {
  const { t } = useTranslation("editor");
  const projectId = useEditor((editor) => editor.projectId);
  const autosave = useAutosave();
  const versions = useVersions(projectId);
  const freeze = useFreeze(projectId, autosave.flush);
  const [wanted, setWanted] = useState<number | null>(null);
  if (versions.error) {
    return <ErrorState error={versions.error} title={t("history.failed")} onRetry={() => void versions.refetch()} />;
  }
  if (!versions.data) return <Skeleton height={80} />;
  const all = versions.data.pages.flatMap((page) => page.results);
  const chosen = all.find((version) => version.number === wanted) ?? all[0];
  const save = (
    <Button
      size="sm"
      icon="plus"
      disabled={freeze.isPending}
      onClick={() => freeze.mutate(undefined, { onSuccess: ({ number }) => setWanted(number) })}
      data-testid="save-version"
    >
      {t("history.save")}
    </Button>
  );
  if (!chosen) {
    return (
      <EmptyState title={t("history.none")} action={save}>
        {t("history.noneText")}
        <Problem error={freeze.error} />
      </EmptyState>
    );
  }
  return (
    <div className="history-tab" data-testid="history">
      <div className="history-list">
        <div className="history-head">{save}</div>
        <Problem error={freeze.error} />
        <VersionList versions={all} chosen={chosen.number} onChoose={setWanted} />
        {versions.hasNextPage && (
          <Button size="sm" variant="ghost" onClick={() => void versions.fetchNextPage()}>
            {t("history.older")}
          </Button>
        )}
      </div>
      <VersionDiff key={chosen.id} version={chosen} />
    </div>
  );
}
