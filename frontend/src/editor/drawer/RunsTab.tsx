import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Run, useRuns } from "../../runs/api";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { formatRate } from "../../ui/numbers";
import { EmptyState, ErrorState } from "../../ui/States";
import { useEditor } from "../state/context";
import { useView } from "../state/view";

const TONES = {
  running: "acc",
  succeeded: "ok",
  failed: "bad",
  paused: "warn",
  queued: undefined,
  cancelled: undefined,
} as const;

/** The runs of this project, newest first. */
export function RunsTab() {
  const { t } = useTranslation("editor");
  const navigate = useNavigate();
  const projectId = useEditor((editor) => editor.projectId);
  const { data, error, refetch } = useRuns(projectId);
  if (error) return <ErrorState error={error} title={t("runs.failed")} onRetry={() => void refetch()} />;
  const runs = data?.pages[0]?.results;
  if (!runs) return null;
  if (runs.length === 0) {
    return (
      <EmptyState
        title={t("runs.none")}
        action={
          <Button variant="primary" icon="play" onClick={() => useView.getState().set({ train: true })}>
            {t("train.button")}
          </Button>
        }
      >
        {t("runs.noneText")}
      </EmptyState>
    );
  }
  const open = (run: Run) => void navigate({ to: "/p/$projectId/runs/$runId", params: { projectId, runId: run.id } });
  return (
    <table className="tbl runs-tab">
      <thead>
        <tr>
          <th>{t("runs.name")}</th>
          <th>{t("runs.status")}</th>
          <th>{t("runs.settings")}</th>
          <th className="num">{t("runs.epoch")}</th>
          <th className="num">{t("runs.best")}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td>
              <button type="button" className="link" onClick={() => open(run)} data-testid={`run-${run.number}`}>
                {run.name || t("runs.number", { number: run.number })}
              </button>
            </td>
            <td>
              <Badge tone={TONES[run.status]}>{t(`runs.states.${run.status}`)}</Badge>
            </td>
            <td className="t2">{`${run.optimizer}${run.learning_rate === null ? "" : ` ${formatRate(run.learning_rate)}`} · ${run.batch_size}`}</td>
            <td className="num">{`${run.epoch}/${run.num_epochs}`}</td>
            <td className="num">{bestOf(run)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function bestOf(run: Run): string {
  const value = run.metric && run.best?.values[run.metric];
  return typeof value === "number" ? value.toFixed(4) : "–";
}
