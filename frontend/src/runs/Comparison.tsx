import { useQueries } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type uPlot from "uplot";
import { Button } from "../ui/Button";
import { formatSeconds } from "../ui/numbers";
import { Segmented } from "../ui/Segmented";
import { type Curves, curvesQuery, type Run } from "./api";
import { CurveChart } from "./charts/CurveChart";
import type { Curve } from "./charts/chart";
import { downloadPicture } from "./charts/picture";
import { differences, results } from "./differences";
import { GraphDifferences } from "./GraphDifferences";
import { formatAxis, formatMetric, inSentence, metricOf } from "./metrics";
import { chartColor } from "./RunsTable";

type CompareAxis = "epochs" | "time";

/** The runs ticked: their curves over each other, and what differs in their settings. */
export function Comparison({ runs }: { runs: Run[] }) {
  return (
    <div className="comparison" data-testid="comparison">
      <ComparedCurves runs={runs} />
      <WhatDiffers runs={runs} />
      <GraphDifferences runs={runs} />
    </div>
  );
}

function ComparedCurves({ runs }: { runs: Run[] }) {
  const { t } = useTranslation("runs");
  const loaded = useQueries({ queries: runs.map(curvesQuery) });
  const [chosen, setChosen] = useState<string | null>(null);
  const [axis, setAxis] = useState<CompareAxis>("epochs");
  const [log, setLog] = useState(false);
  const plot = useRef<uPlot | null>(null);
  const metrics = comparableMetrics(
    runs,
    loaded.map((query) => query.data),
  );
  const metric = chosen && metrics.includes(chosen) ? chosen : (metrics[0] ?? "val/loss");
  const curves = runs.map((run, place): Curve => {
    const points = curveOf(loaded[place]?.data, metric, axis);
    return { id: run.id, label: nameOf(run), color: chartColor(place), look: "dots", ...points };
  });
  return (
    <section className="card">
      <header>
        <h2>{t("compare.title")}</h2>
        <Segmented
          label={t("chart.metric")}
          value={metric}
          segments={metrics.map((value) => ({ value, label: metricName(value) }))}
          onChange={setChosen}
        />
        <span className="grow" />
        <Segmented
          label={t("chart.axis")}
          value={axis}
          segments={[
            { value: "epochs", label: t("axis.epochs") },
            { value: "time", label: t("axis.time") },
          ]}
          onChange={setAxis}
        />
        <Button
          variant="ghost"
          size="sm"
          className={log ? "on" : undefined}
          aria-pressed={log}
          onClick={() => setLog(!log)}
        >
          {t("compare.log")}
        </Button>
        <Button
          variant="ghost"
          size="sm"
          icon="image"
          aria-label={t("chart.savePng")}
          title={t("chart.savePng")}
          onClick={() => plot.current && downloadPicture(plot.current, metricName(metric), "runs.png")}
        />
      </header>
      <div className="body chart-body">
        <CurveChart
          curves={curves.filter((curve) => curve.x.length > 0)}
          formatX={(x) => (axis === "epochs" ? String(Number(x.toFixed(2))) : x === 0 ? "0" : formatSeconds(x))}
          formatY={(y) => formatAxis(metric, y)}
          describeX={(x) =>
            axis === "epochs" ? t("epochLower", { number: x }) : t("chart.atTime", { time: formatSeconds(x) })
          }
          describeY={(y) => formatMetric(metric, y)}
          log={log}
          endLabels
          label={t("compare.label", { metric: metricName(metric) })}
          chartRef={plot}
        />
      </div>
    </section>
  );

  function nameOf(run: Run): string {
    return run.name || t("run", { number: run.number });
  }

  function metricName(name: string): string {
    const metric = inSentence(t(`metrics.${metricOf(name)}`, metricOf(name)));
    return name.startsWith("val/") ? t("table.val", { metric }) : t("table.train", { metric });
  }
}

/** Up to three metrics that the epochs of these runs have: the score, the validation loss, the training loss. */
function comparableMetrics(runs: Run[], loaded: (Curves | undefined)[]): string[] {
  const present = new Set(
    loaded.flatMap((curves) => curves?.epochs.flatMap((epoch) => Object.keys(epoch.values)) ?? []),
  );
  const wanted = [...new Set(runs.map((run) => run.metric)), "val/loss", "train/loss"];
  return wanted.filter((name): name is string => name !== null && present.has(name));
}

function curveOf(curves: Curves | undefined, metric: string, axis: CompareAxis): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  let seconds = 0;
  for (const epoch of curves?.epochs ?? []) {
    seconds += epoch.seconds;
    const value = epoch.values[metric];
    if (value === null || value === undefined) continue;
    x.push(axis === "epochs" ? epoch.epoch : seconds);
    y.push(value);
  }
  return { x, y };
}

function WhatDiffers({ runs }: { runs: Run[] }) {
  const { t } = useTranslation("runs");
  const { differing, numSame } = differences(runs);
  return (
    <section className="card">
      <header>
        <h2>{t("compare.differs")}</h2>
        <span className="xs t3">{t("compare.same", { count: numSame })}</span>
      </header>
      <div className="table-scroll">
        <table className="tbl diff">
          <thead>
            <tr>
              <th aria-label={t("compare.setting")} />
              {runs.map((run, place) => (
                <th key={run.id}>
                  <span className="row run-cell">
                    <i className="swatch" style={{ background: `var(${chartColor(place)})` }} />
                    {run.name || t("run", { number: run.number })}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...differing, ...results(runs)].map((row) => (
              <tr key={row.name}>
                <td>{t(`difference.${row.name}`, row.name)}</td>
                {runs.map((run, place) => (
                  <td key={run.id}>
                    {row.differs[place] ? <span className="changed">{row.values[place]}</span> : row.values[place]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
