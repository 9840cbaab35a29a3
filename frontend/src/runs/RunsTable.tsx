import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { Badge } from "../ui/Badge";
import { Icon } from "../ui/Icon";
import { formatCount, formatRate } from "../ui/numbers";
import { formatClock, formatDateTime, formatWhen } from "../ui/times";
import type { Run } from "./api";
import { formatMetric, inSentence, metricOf, NO_FIGURE } from "./metrics";
import { toneOf, useStateName } from "./RunState";
import { type Column, lossOf, type Sorting, scoreOf } from "./runTable";
import { Sparkline } from "./Sparkline";

interface RunsTableProps {
  runs: Run[];
  sorting: Sorting;
  onSort: (column: Column) => void;
  /** Ids of the runs ticked, in the order they were. */
  ticked: readonly string[];
  onTick: (id: string) => void;
}

const NUMERIC: readonly Column[] = ["score", "loss", "epochs", "time", "parameters", "rate", "batch", "started"];

/** The runs of a project; their colours are those of the chart they are compared in. */
export function RunsTable({ runs, sorting, onSort, ticked, onTick }: RunsTableProps) {
  const { t } = useTranslation("runs");
  const metric = runs.find((run) => run.metric)?.metric;
  const scoreName = inSentence(metric ? t(`metrics.${metricOf(metric)}`, metricOf(metric)) : t("metrics.accuracy"));
  const head = (column: Column, name: string) => (
    <SortHead key={column} column={column} name={name} sorting={sorting} onSort={onSort} />
  );
  return (
    <div className="table-scroll">
      <table className="tbl runs-table" data-testid="runs-table">
        <thead>
          <tr>
            <th aria-label={t("table.tick")} />
            {head("number", t("table.run"))}
            {head("status", t("table.state"))}
            {head("score", t("table.val", { metric: scoreName }))}
            {head("loss", t("table.val", { metric: inSentence(t("metrics.loss")) }))}
            <th>{t("table.overEpochs", { metric: scoreName })}</th>
            {head("epochs", t("table.epochs"))}
            {head("time", t("table.time"))}
            {head("parameters", t("table.parameters"))}
            {head("optimizer", t("settings.optimizer"))}
            {head("rate", t("table.rate"))}
            {head("batch", t("table.batch"))}
            {head("graph", t("table.graph"))}
            {head("started", t("table.started"))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.id} run={run} place={ticked.indexOf(run.id)} onTick={onTick} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SortHeadProps {
  column: Column;
  name: string;
  sorting: Sorting;
  onSort: (column: Column) => void;
}

function SortHead({ column, name, sorting, onSort }: SortHeadProps) {
  const on = sorting.column === column;
  const order = sorting.descending ? "descending" : "ascending";
  return (
    <th className={NUMERIC.includes(column) ? "num" : undefined} aria-sort={on ? order : undefined}>
      <button type="button" className={on ? "sort-head on" : "sort-head"} onClick={() => onSort(column)}>
        {name}
        {on && <Icon name={sorting.descending ? "down" : "up"} size={12} />}
      </button>
    </th>
  );
}

function Row({ run, place, onTick }: { run: Run; place: number; onTick: (id: string) => void }) {
  const { t, i18n } = useTranslation("runs");
  const language = i18n.language as Language;
  const stateName = useStateName();
  const name = run.name || t("run", { number: run.number });
  const color = place >= 0 ? chartColor(place) : "--text-3";
  return (
    <tr className={place >= 0 ? "on" : undefined} data-testid={`run-row-${run.number}`} data-status={run.status}>
      <td>
        <input
          type="checkbox"
          className="tick-input"
          checked={place >= 0}
          onChange={() => onTick(run.id)}
          aria-label={t("table.tickRun", { name })}
        />
      </td>
      <td>
        <span className="row run-cell">
          <i className="swatch" style={{ background: place >= 0 ? `var(${color})` : "transparent" }} />
          <Link className="med" to="/p/$projectId/runs/$runId" params={{ projectId: run.project.id, runId: run.id }}>
            {name}
          </Link>
          {run.parent && (
            <span className="t3 xs" title={t("continues", { name: t("run", { number: run.parent.number }) })}>
              ↳ {run.parent.number}
            </span>
          )}
        </span>
      </td>
      <td>
        <Badge tone={toneOf(run)}>{stateName(run)}</Badge>
      </td>
      <td className="num">{run.metric ? formatMetric(run.metric, scoreOf(run)) : NO_FIGURE}</td>
      <td className="num">{formatMetric("loss", lossOf(run))}</td>
      <td className="spark-cell">
        {run.error ? (
          <span className="t2 trunc" title={run.error.message}>
            {run.error.message}
          </span>
        ) : (
          <Sparkline values={run.sparkline} width={150} height={18} color={color} />
        )}
      </td>
      <td className="num">
        {run.epoch} / {run.num_epochs}
      </td>
      <td className="num">{formatClock(run.elapsed_seconds)}</td>
      <td className="num">{run.num_parameters === null ? NO_FIGURE : formatCount(run.num_parameters)}</td>
      <td>{run.optimizer}</td>
      <td className="num">{run.learning_rate === null ? NO_FIGURE : formatRate(run.learning_rate)}</td>
      <td className="num">{run.batch_size === "all" ? t("allRows") : run.batch_size}</td>
      <td className="t2">v{run.graph_version.number}</td>
      <td className="num t3" title={formatDateTime(run.created_at, language)}>
        {formatWhen(run.created_at, language)}
      </td>
    </tr>
  );
}

/** The chart colour of the run ticked as number `place`. */
export function chartColor(place: number): string {
  return `--chart-${(place % 6) + 1}`;
}
