import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { formatCount, formatExact, formatRate, formatSeconds } from "../../ui/numbers";
import { type RunDetail, useRunCommand } from "../api";
import { ContinueButton } from "../ContinueForm";
import { DeployButton } from "../DeployButton";
import { formatMetric, inSentence, metricOf } from "../metrics";
import { toneOf, useStateName } from "../RunState";
import type { RunFeed } from "../runFeed";

/** State, progress, times and what can be done with the run. */
export function RunHeader({ run, feed }: { run: RunDetail; feed: RunFeed | null }) {
  const { t } = useTranslation("runs");
  const stateName = useStateName();
  return (
    <div className="run-head">
      <div className="run-name">
        <div className="row">
          <h1>{run.name || t("run", { number: run.number })}</h1>
          <span className={`pill ${toneOf(run) ?? ""}`} data-testid="run-status" data-status={run.status}>
            <span className="dot" />
            {stateName(run)}
          </span>
        </div>
        <div className="xs t3 trunc">
          <Settings run={run} />
        </div>
      </div>
      <Progress run={run} feed={feed} />
      <Times run={run} />
      <span className="grow" />
      {feed?.connection === "reconnecting" && (
        <span className="sm warnc" role="status" data-testid="reconnecting">
          {t("reconnecting")}
        </span>
      )}
      <Actions run={run} />
    </div>
  );
}

function Settings({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const rate = run.learning_rate === null ? "" : `, ${formatRate(run.learning_rate)}`;
  const batch = run.batch_size === "all" ? t("allRows") : t("batch", { size: run.batch_size });
  return (
    <>
      {run.optimizer}
      {rate}, {batch} · {t("graph", { number: run.graph_version.number })}
      {run.device && ` · ${run.device === "cpu" ? "CPU" : run.device}`}
      {run.processes !== null && run.processes > 1 && `, ${t("processes", { count: run.processes })}`}
      {run.machines > 1 && `, ${t("machines", { count: run.machines })}`}
      {run.num_threads && `, ${t("threads", { count: run.num_threads })}`}
      {run.parent && (
        <>
          {" · "}
          <Link
            to="/p/$projectId/runs/$runId"
            params={{ projectId: run.project.id, runId: run.parent.id }}
            data-testid="run-parent"
          >
            {t("continues", { name: run.parent.name || t("run", { number: run.parent.number }) })}
          </Link>
        </>
      )}
    </>
  );
}

function Progress({ run, feed }: { run: RunDetail; feed: RunFeed | null }) {
  const { t } = useTranslation("runs");
  const step = Math.max(feed?.log.lastStep ?? 0, run.status === "queued" ? 0 : run.step);
  const share = run.num_steps ? Math.min(1, step / run.num_steps) : 0;
  const finished = run.status === "succeeded";
  const early = finished && run.num_steps !== null && step < run.num_steps;
  const epoch = finished ? (early ? run.epoch : run.num_epochs) : currentEpoch(run, step);
  return (
    <div className="run-progress">
      <div className="row between sm">
        <span>
          <b className="strong">{t("epoch", { number: epoch })}</b>{" "}
          <span className="t3">{t("ofEpochs", { count: run.num_epochs })}</span>
          <span className="t3 middot">·</span>
          {t("step", { number: formatExact(step) })}{" "}
          {run.num_steps && (
            <span className="t3">{t("ofSteps", { count: run.num_steps, steps: formatExact(run.num_steps) })}</span>
          )}
        </span>
        <span className="strong" data-testid="run-share">
          {early ? t("endedEarly") : `${Math.floor(share * 100)}%`}
        </span>
      </div>
      <progress className="run-bar" value={share} max={1} aria-label={t("progress")} />
    </div>
  );
}

/** The epoch being trained, from 1. */
function currentEpoch(run: RunDetail, step: number): number {
  if (!run.steps_per_epoch) return run.epoch;
  return Math.min(run.num_epochs, Math.floor(step / run.steps_per_epoch) + 1);
}

function Times({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const best = run.metric ? run.best?.values[run.metric] : undefined;
  return (
    <>
      {run.queue && (
        <Figure name={t("queue.place")} strong>
          <span data-testid="run-place">
            {t("queue.of", { position: run.queue.position, count: run.queue.num_waiting })}
          </span>{" "}
          <span className="xs t3">
            {run.queue.expected_seconds !== null &&
              run.queue.reason === null &&
              t("queue.expected", { time: formatSeconds(run.queue.expected_seconds) })}
          </span>
        </Figure>
      )}
      {run.time_left_seconds !== null && (
        <Figure name={t("timeLeft")} strong>
          {formatSeconds(run.time_left_seconds)}
        </Figure>
      )}
      <Figure name={t("elapsed")}>{formatSeconds(run.elapsed_seconds)}</Figure>
      {run.metric && run.best && best !== undefined && (
        <Figure name={t("bestOf", { metric: inSentence(t(`metrics.${metricOf(run.metric)}`, metricOf(run.metric))) })}>
          {formatMetric(run.metric, best)} <span className="xs t3">{t("epochLower", { number: run.best.epoch })}</span>
        </Figure>
      )}
      {run.num_parameters !== null && (
        <Figure name={t("parameters")}>
          <span title={formatExact(run.num_parameters)}>{formatCount(run.num_parameters)}</span>
        </Figure>
      )}
    </>
  );
}

function Figure({ name, strong, children }: { name: string; strong?: boolean; children: React.ReactNode }) {
  return (
    <div className="head-figure">
      <div className="xs t3">{name}</div>
      <div className={strong ? "strong" : "med"}>{children}</div>
    </div>
  );
}

function Actions({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const command = useRunCommand(run.id);
  const busy = command.isPending || run.requested !== "";
  const active = run.status === "queued" || run.status === "running";
  return (
    <div className="row">
      {active && (
        <Button icon="pause" disabled={busy} onClick={() => command.mutate("pause")} data-testid="run-pause">
          {t("pause")}
        </Button>
      )}
      {run.status === "paused" && (
        <Button icon="play" disabled={busy} onClick={() => command.mutate("resume")} data-testid="run-resume">
          {t("resume")}
        </Button>
      )}
      {(active || run.status === "paused") && (
        <Button
          icon="stop"
          disabled={command.isPending || run.requested === "cancel"}
          onClick={() => command.mutate("cancel")}
          data-testid="run-stop"
        >
          {t("stop")}
        </Button>
      )}
      {run.checkpoints.length > 0 && (
        <>
          <ContinueButton run={run} />
          <DeployButton run={run} />
        </>
      )}
    </div>
  );
}
