import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useView } from "../editor/state/view";
import { TopbarSlot } from "../shell/TopbarSlot";
import { Button } from "../ui/Button";
import { downloadFile } from "../ui/download";
import { Icon } from "../ui/Icon";
import { SelectField } from "../ui/SelectField";
import { EmptyState, ErrorState, Skeleton } from "../ui/States";
import { useTitle } from "../ui/useTitle";
import { type Run, useRuns } from "./api";
import { Comparison } from "./Comparison";
import { toCsv } from "./csv";
import type { RunStatus } from "./events";
import { RunsTable } from "./RunsTable";
import { type Column, filteredRuns, lossOf, type Sorting, scoreOf, sortedRuns } from "./runTable";
import "./runs.css";

const STATES: readonly RunStatus[] = ["queued", "running", "paused", "succeeded", "failed", "cancelled"];
/** As many as there are chart colours. */
const MOST_TICKED = 6;

/** The runs of a project as a table; ticked ones are compared below it. */
export function RunsPage() {
  const { t } = useTranslation("runs");
  const { projectId } = useParams({ from: "/p/$projectId/runs" });
  const query = useRuns(projectId);
  useTitle(t("table.title"));
  if (query.error) {
    return (
      <main className="main">
        <ErrorState error={query.error} title={t("loadFailed")} onRetry={() => void query.refetch()} />
      </main>
    );
  }
  if (!query.data) {
    return (
      <main className="main">
        <Skeleton height={40} />
      </main>
    );
  }
  const runs = query.data.pages.flatMap((page) => page.results);
  if (runs.length === 0) {
    return (
      <main className="main runs-empty">
        <EmptyState
          title={t("empty.title")}
          action={
            <Link className="btn primary" to="/p/$projectId/build" params={{ projectId }}>
              <Icon name="play" size={14} />
              {t("empty.action")}
            </Link>
          }
        >
          {t("empty.about")}
        </EmptyState>
      </main>
    );
  }
  return (
    <>
      <TopbarSlot slot="actions">
        <Link
          className="btn primary"
          to="/p/$projectId/build"
          params={{ projectId }}
          onClick={() => useView.getState().set({ train: true })}
          data-testid="runs-train"
        >
          <Icon name="play" size={14} />
          {t("table.startTraining")}
        </Link>
      </TopbarSlot>
      <RunsBody runs={runs} onMore={query.hasNextPage ? () => void query.fetchNextPage() : undefined} />
    </>
  );
}

function RunsBody({ runs, onMore }: { runs: Run[]; onMore?: () => void }) {
  const { t } = useTranslation("runs");
  const [text, setText] = useState("");
  const [status, setStatus] = useState<RunStatus | "">("");
  const [sorting, setSorting] = useState<Sorting>({ column: "started", descending: true });
  const [ticked, setTicked] = useState<string[]>([]);
  const shown = sortedRuns(filteredRuns(runs, text, status), sorting);
  const compared = ticked.map((id) => runs.find((run) => run.id === id)).filter((run) => run !== undefined);
  const sortBy = (column: Column) =>
    setSorting((now) => ({ column, descending: now.column === column ? !now.descending : true }));
  const tick = (id: string) =>
    setTicked((now) => (now.includes(id) ? now.filter((other) => other !== id) : [...now, id].slice(-MOST_TICKED)));
  return (
    <main className={compared.length > 0 ? "main runs-main comparing" : "main runs-main"}>
      <section className="card">
        <header className="runs-head">
          <h2>{t("table.title")}</h2>
          <span className="count">{runs.length}</span>
          <span className="sep topbar-sep" />
          <div className="field runs-filter">
            <Icon name="search" size={14} className="t3" />
            <input
              type="search"
              placeholder={t("table.filter")}
              aria-label={t("table.filter")}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
          <SelectField
            label={t("table.state")}
            labelHidden
            value={status}
            options={[
              { value: "", label: t("table.anyState") },
              ...STATES.map((value) => ({ value, label: t(`status.${value}`) })),
            ]}
            onChange={(value) => setStatus(value as RunStatus | "")}
          />
          <span className="grow" />
          <span className="sm t2">
            {compared.length > 0 ? t("table.ticked", { count: compared.length }) : t("table.tickHint")}
          </span>
          <Button size="sm" icon="download" onClick={() => saveTable(shown)} data-testid="runs-csv">
            CSV
          </Button>
        </header>
        <RunsTable runs={shown} sorting={sorting} onSort={sortBy} ticked={ticked} onTick={tick} />
        {shown.length === 0 && <p className="sm t2 inset">{t("table.noneMatch")}</p>}
        {onMore && (
          <div className="inset">
            <Button size="sm" onClick={onMore}>
              {t("table.more")}
            </Button>
          </div>
        )}
      </section>
      {compared.length > 0 && <Comparison runs={compared} />}
    </main>
  );
}

/** Saves the rows shown with their exact figures. */
function saveTable(runs: Run[]): void {
  const header = ["run", "state", "metric", "best", "val_loss", "epoch", "epochs", "seconds", "parameters"];
  const settings = ["optimizer", "rate", "batch_size", "graph_version", "created_at"];
  const rows = runs.map((run) =>
    [
      run.number,
      run.status,
      run.metric,
      scoreOf(run),
      lossOf(run),
      run.epoch,
      run.num_epochs,
      run.elapsed_seconds,
      run.num_parameters,
      run.optimizer,
      run.learning_rate,
      run.batch_size,
      run.graph_version.number,
      run.created_at,
    ].map((value) => (value === null ? "" : String(value))),
  );
  downloadFile("runs.csv", new Blob([toCsv([...header, ...settings], rows)], { type: "text/csv" }));
}
