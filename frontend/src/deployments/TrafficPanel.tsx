import { useElementSize } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { CurveChart } from "../runs/charts/CurveChart";
import type { Curve } from "../runs/charts/chart";
import { formatExact } from "../ui/numbers";
import { Segmented } from "../ui/Segmented";
import { formatTime, formatWhen } from "../ui/times";
import type { Usage, UsageWindow } from "./api";

const WINDOWS: readonly UsageWindow[] = ["1h", "24h", "7d"];
const NO_TRAFFIC: Curve[] = [];

interface TrafficPanelProps {
  usage: Usage | undefined;
  window: UsageWindow;
  onWindow: (window: UsageWindow) => void;
}

/** Latency and number of requests over the last hour, day or week. */
export function TrafficPanel({ usage, window, onWindow }: TrafficPanelProps) {
  const { t } = useTranslation("deployments");
  return (
    <section className="card">
      <header>
        <h2>{t("traffic.title")}</h2>
        <span className="xs t3">{t("traffic.last", { window: t(`windows.${window}`) })}</span>
        <span className="grow" />
        <Segmented
          label={t("traffic.window")}
          value={window}
          segments={WINDOWS.map((value) => ({ value, label: t(`windowNames.${value}`) }))}
          onChange={onWindow}
        />
      </header>
      {usage && (
        <div className="traffic">
          <Latency usage={usage} />
          <Requests usage={usage} />
        </div>
      )}
    </section>
  );
}

function Latency({ usage }: { usage: Usage }) {
  const { t, i18n } = useTranslation("deployments");
  const when = timeOf(usage, i18n.language as Language);
  const curves = usage.totals.p50_ms === null ? NO_TRAFFIC : [curve("p50", "--chart-1"), curve("p95", "--chart-2")];
  const times = usage.buckets.map((bucket) => Date.parse(bucket.time) / 1000);
  return (
    <div className="traffic-half">
      <div className="row between traffic-head">
        <span className="sm med">{t("traffic.latency")}</span>
        <div className="legend" aria-hidden="true">
          <span>
            <i style={{ background: "var(--chart-1)" }} />
            p50
          </span>
          <span>
            <i style={{ background: "var(--chart-2)" }} />
            p95
          </span>
        </div>
      </div>
      <CurveChart
        curves={curves}
        formatX={when}
        formatY={(value) => `${Number(value.toPrecision(3))} ms`}
        describeX={when}
        describeY={(value) => `${value.toFixed(1)} ms`}
        log={false}
        xStart={times[0]}
        xEnd={times[times.length - 1]}
        yLimits={[0, null]}
        label={t("traffic.latencyLabel")}
      />
    </div>
  );

  function curve(name: "p50" | "p95", color: string): Curve {
    const known = usage.buckets.filter((bucket) => bucket[`${name}_ms`] !== null);
    return {
      id: name,
      label: name,
      color,
      look: "dots",
      x: known.map((bucket) => Date.parse(bucket.time) / 1000),
      y: known.map((bucket) => bucket[`${name}_ms`] as number),
    };
  }
}

const PLOT = { left: 44, right: 12, top: 12, bottom: 28 };

/** A bar a bucket: what was answered, and on top what was refused or failed. */
function Requests({ usage }: { usage: Usage }) {
  const { t, i18n } = useTranslation("deployments");
  const { ref, width, height } = useElementSize();
  const when = timeOf(usage, i18n.language as Language);
  const most = roundTop(Math.max(...usage.buckets.map((bucket) => bucket.num_answered + unanswered(bucket))));
  const plotWidth = Math.max(0, width - PLOT.left - PLOT.right);
  const plotHeight = Math.max(0, height - PLOT.top - PLOT.bottom);
  const step = plotWidth / usage.buckets.length;
  const barHeight = (count: number) => (count / most) * plotHeight;
  const bottom = PLOT.top + plotHeight;
  const labelled = Math.ceil(usage.buckets.length / 4);
  return (
    <div className="traffic-half">
      <div className="row between traffic-head">
        <span className="sm med">{t("traffic.requests")}</span>
        <div className="legend" aria-hidden="true">
          <span>
            <i style={{ background: "var(--chart-1)" }} />
            {t("traffic.answered")}
          </span>
          <span>
            <i style={{ background: "var(--danger)" }} />
            {t("traffic.refused")}
          </span>
        </div>
      </div>
      <div className="traffic-bars" ref={ref}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={t("traffic.requestsLabel", { count: usage.totals.num_answered })}
        >
          {[0, 0.5, 1].map((share) => (
            <g key={share}>
              <line
                className={share === 0 ? "axis" : "grid"}
                x1={PLOT.left}
                x2={PLOT.left + plotWidth}
                y1={bottom - share * plotHeight}
                y2={bottom - share * plotHeight}
              />
              <text x={PLOT.left - 8} y={bottom - share * plotHeight + 4} textAnchor="end">
                {formatExact(Math.round(share * most))}
              </text>
            </g>
          ))}
          {usage.buckets.map((bucket, index) => {
            const x = PLOT.left + index * step + step * 0.1;
            const answered = barHeight(bucket.num_answered);
            const refused = barHeight(unanswered(bucket));
            return (
              <g key={bucket.time}>
                <title>{`${when(Date.parse(bucket.time) / 1000)}: ${bucket.num_answered} + ${unanswered(bucket)}`}</title>
                <rect x={x} y={bottom - answered} width={step * 0.8} height={answered} rx={1.5} fill="var(--chart-1)" />
                {refused > 0 && (
                  <rect
                    x={x}
                    y={bottom - answered - refused - 1}
                    width={step * 0.8}
                    height={refused}
                    rx={1.5}
                    fill="var(--danger)"
                  />
                )}
                {index % labelled === 0 && (
                  <text x={x} y={bottom + 18}>
                    {when(Date.parse(bucket.time) / 1000)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
    </div>
  );
}

/** The round even number at or above `value`: 4, 10, 20, 40, 100, 200, ... */
function roundTop(value: number): number {
  let top = 4;
  const growth = [2.5, 2, 2];
  for (let place = 0; top < value; place++) top *= growth[place % growth.length] as number;
  return top;
}

function unanswered(bucket: Usage["totals"]): number {
  return bucket.num_invalid + bucket.num_refused + bucket.num_failed;
}

function timeOf(usage: Usage, language: Language): (seconds: number) => string {
  return (seconds) => {
    const time = new Date(seconds * 1000).toISOString();
    return usage.window === "7d" ? formatWhen(time, language) : formatTime(time, language);
  };
}
