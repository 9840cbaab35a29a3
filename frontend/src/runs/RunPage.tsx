import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState, Skeleton } from "../ui/States";
import { useTitle } from "../ui/useTitle";
import { type RunDetail, runQuery } from "./api";
import { OF_STEPS, otherMetrics } from "./metrics";
import { Checkpoints } from "./page/Checkpoints";
import { CurvePanel } from "./page/CurvePanel";
import { useChartSettings } from "./page/chartSettings";
import { Lineage } from "./page/Lineage";
import { LogPanel } from "./page/LogPanel";
import { Failure, HeldUp, Settings, TestPanel } from "./page/Outcome";
import { RunHeader } from "./page/RunHeader";
import { Tiles } from "./page/Tiles";
import type { RunFeed } from "./runFeed";
import { useRunFeed } from "./useRunFeed";
import "./runs.css";

/** One run, live: its curves, its log, what it stored, and what can be done with it. */
export function RunPage() {
  const { t } = useTranslation("runs");
  const { runId } = useParams({ from: "/p/$projectId/runs/$runId" });
  const { data: run, error, refetch } = useQuery(runQuery(runId));
  const feed = useRunFeed(runId);
  useRereading(runId, feed);
  useTitle(run && t("run", { number: run.number }));
  if (error) {
    return (
      <main className="main">
        <ErrorState error={error} title={t("loadFailed")} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (!run) {
    return (
      <main className="main">
        <Skeleton height={64} />
      </main>
    );
  }
  return (
    <div className="run-page">
      <RunHeader run={run} feed={feed} />
      {feed && <RunBody key={run.id} run={run} feed={feed} />}
    </div>
  );
}

function RunBody({ run, feed }: { run: RunDetail; feed: RunFeed }) {
  const [settings, setSettings] = useChartSettings();
  const names = new Set([...feed.log.series.keys(), ...feed.log.epochs.flatMap((epoch) => Object.keys(epoch.values))]);
  const others = otherMetrics(names);
  const test = feed.log.test ?? run.test;
  const shared = { run, feed, settings, onSettings: setSettings };
  return (
    <main className="run-main" data-testid="run" data-last-seq={feed.log.lastSeq} data-last-step={feed.log.lastStep}>
      <div className="run-left">
        {run.status === "failed" && <Failure run={run} />}
        <HeldUp run={run} />
        <div className="run-charts">
          <CurvePanel {...shared} metrics={["loss", ...OF_STEPS.filter((name) => feed.log.series.has(name))]} />
          {others.length > 0 && <CurvePanel {...shared} metrics={others} />}
        </div>
        <Tiles run={run} feed={feed} />
        <LogPanel number={run.number} feed={feed} />
      </div>
      <div className="run-right">
        {test && <TestPanel test={test} />}
        <Checkpoints run={run} />
        <Lineage run={run} />
        <Settings run={run} />
      </div>
    </main>
  );
}

/** Reads the run's row again when its log tells of a change: another state, a checkpoint, the end. */
function useRereading(runId: string, feed: RunFeed | null): void {
  const client = useQueryClient();
  const change = `${feed?.log.status} ${feed?.log.numStatuses} ${feed?.log.checkpoints.length} ${feed?.log.test !== null}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is what to react to.
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["runs", runId], exact: true });
  }, [client, runId, change]);
}
