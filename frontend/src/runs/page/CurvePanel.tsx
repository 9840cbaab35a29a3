import { Menu, Slider } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type uPlot from "uplot";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { formatCount, formatExact, formatSeconds } from "../../ui/numbers";
import { Segmented } from "../../ui/Segmented";
import { isUnfinished, type RunDetail } from "../api";
import { CurveChart } from "../charts/CurveChart";
import { downloadPicture } from "../charts/picture";
import { formatAxis, formatMetric, isOfSteps, isShare } from "../metrics";
import { type Axis, axisPosition, runCurves } from "../runCurves";
import type { RunFeed } from "../runFeed";
import type { ChartSettings } from "./chartSettings";

const AXES: readonly Axis[] = ["epochs", "steps", "time"];

interface CurvePanelProps {
  run: RunDetail;
  feed: RunFeed;
  /** The metrics to choose from; one is shown. */
  metrics: string[];
  settings: ChartSettings;
  onSettings: (settings: ChartSettings) => void;
}

/** One metric of the run over its training, train and validation. */
export function CurvePanel({ run, feed, metrics, settings, onSettings }: CurvePanelProps) {
  const { t } = useTranslation("runs");
  const [chosen, setChosen] = useState<string | null>(null);
  const [log, setLog] = useState(false);
  const plot = useRef<uPlot | null>(null);
  const metric = chosen && metrics.includes(chosen) ? chosen : (metrics[0] ?? "loss");
  const nameOf = (name: string) => t(`metrics.${name}`, name);
  const title = nameOf(metric);
  const view = useCurveView(run, feed, metric, settings);
  return (
    <section className="card" data-testid={`chart-${metric}`}>
      <header>
        <h2 className={metrics.length > 1 ? "sr-only" : undefined}>{title}</h2>
        {metrics.length > 1 && (
          <Segmented
            label={t("chart.metric")}
            value={metric}
            segments={metrics.map((value) => ({ value, label: nameOf(value) }))}
            onChange={setChosen}
          />
        )}
        {settings.smoothing > 0 && (
          <span className="xs t3 trunc">{t("chart.smoothed", { weight: settings.smoothing })}</span>
        )}
        <span className="grow" />
        <div className="legend" aria-hidden="true">
          <span>
            <i style={{ background: "var(--chart-train)" }} />
            {t("split.train")}
          </span>
          {!isOfSteps(metric) && (
            <span>
              <i style={{ background: "var(--chart-val)" }} />
              {t("split.val")}
            </span>
          )}
        </div>
        <Menu position="bottom-end" closeOnItemClick={false} width={220}>
          <Menu.Target>
            <Button
              variant="ghost"
              size="sm"
              icon="more"
              aria-label={t("chart.options", { chart: title })}
              data-testid={`chart-options-${metric}`}
            />
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{t("chart.axis")}</Menu.Label>
            {AXES.map((axis) => (
              <Menu.Item
                key={axis}
                leftSection={<CheckMark on={settings.axis === axis} />}
                onClick={() => onSettings({ ...settings, axis })}
                data-testid={`axis-${axis}`}
              >
                {t(`axis.${axis}`)}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item leftSection={<CheckMark on={log} />} onClick={() => setLog(!log)} data-testid="log-scale">
              {t("chart.logScale")}
            </Menu.Item>
            <Menu.Label>{t("chart.smoothing", { weight: settings.smoothing })}</Menu.Label>
            <div className="smoothing">
              <Slider
                size="sm"
                min={0}
                max={0.995}
                step={0.005}
                label={null}
                thumbLabel={t("chart.smoothingLabel")}
                value={settings.smoothing}
                onChange={(smoothing) => onSettings({ ...settings, smoothing })}
              />
            </div>
            <Menu.Divider />
            <Menu.Item
              leftSection={<Icon name="image" size={14} />}
              onClick={() =>
                plot.current &&
                downloadPicture(
                  plot.current,
                  `${t("run", { number: run.number })} · ${title}`,
                  `run-${run.number}-${metric}.png`,
                )
              }
              data-testid="save-png"
            >
              {t("chart.savePng")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </header>
      <div className="body chart-body">
        <CurveChart
          {...view}
          log={log}
          label={t("chart.label", { chart: title })}
          syncKey={`run-${run.id}`}
          chartRef={plot}
          formatY={(value) => formatAxis(metric, value)}
        />
      </div>
    </section>
  );
}

function CheckMark({ on }: { on: boolean }) {
  return <span className="check-mark">{on && <Icon name="check" size={14} />}</span>;
}

/** What the chart shows: the curves, how far the axis goes and how its figures are written. */
function useCurveView(run: RunDetail, feed: RunFeed, metric: string, { axis, smoothing }: ChartSettings) {
  const { t } = useTranslation("runs");
  const stepsPerEpoch = run.steps_per_epoch ?? 1;
  const { log, version } = feed;
  // What is over, early or not, fills the axis.
  const isOpen = isUnfinished(run) || run.status === "paused";
  // biome-ignore lint/correctness/useExhaustiveDependencies: the log changes in place; its version tells when.
  const curves = useMemo(() => {
    const toX = axisPosition(log, axis, stepsPerEpoch);
    const train = isOfSteps(metric) ? t(`metrics.${metric}`) : t("split.train");
    const labels = { train, val: t("split.val") };
    const share = isOpen && run.num_steps ? Math.min(1, log.lastStep / run.num_steps) : 1;
    // A rate is as it was set: smoothed it would be another.
    return runCurves(log, metric, { smoothing: metric === "rate" ? 0 : smoothing, toX, labels, share });
  }, [log, version, metric, axis, smoothing, stepsPerEpoch, run.num_steps, isOpen, t]);

  const left = Math.max(0, (run.num_steps ?? 0) - log.lastStep);
  const secondsLeft = left * (run.seconds_per_step ?? 0);
  const ends: Record<Axis, number | null> = {
    epochs: run.num_epochs,
    steps: run.num_steps,
    time: secondsLeft > 0 ? axisPosition(log, "time", stepsPerEpoch)(log.lastStep) + secondsLeft : null,
  };
  const epochs = left / stepsPerEpoch;
  const epochsLeft = epochs < 10 ? epochs.toFixed(1) : formatExact(Math.round(epochs));
  const leftWords: Record<Axis, string> = {
    epochs: t("chart.epochsToGo", { epochs: epochsLeft }),
    steps: t("chart.stepsToGo", { steps: formatExact(left) }),
    time: t("chart.timeToGo", { time: formatSeconds(secondsLeft) }),
  };
  const describe: Record<Axis, (x: number) => string> = {
    epochs: (x) => t("chart.atEpoch", { epoch: x.toFixed(1), step: formatExact(Math.round(x * stepsPerEpoch)) }),
    steps: (x) => t("chart.atEpoch", { epoch: (x / stepsPerEpoch).toFixed(1), step: formatExact(Math.round(x)) }),
    time: (x) => t("chart.atTime", { time: formatSeconds(x) }),
  };
  const formatX: Record<Axis, (x: number) => string> = {
    epochs: (x) => String(Number(x.toFixed(2))),
    steps: formatCount,
    time: (x) => (x === 0 ? "0" : formatSeconds(x)),
  };
  return {
    curves,
    formatX: formatX[axis],
    describeX: describe[axis],
    describeY: (value: number) => formatMetric(metric, value),
    xEnd: isOpen ? (ends[axis] ?? undefined) : undefined,
    toCome: isOpen && left > 0 ? leftWords[axis] : undefined,
    yLimits: (isShare(metric) ? [0, 1] : metric === "loss" || isOfSteps(metric) ? [0, null] : [null, null]) as [
      number | null,
      number | null,
    ],
  };
}
