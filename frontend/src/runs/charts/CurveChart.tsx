import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useAppearance } from "../../ui/appearance";
import { showCard } from "./card";
import { alignCurves, type ChartView, chartOptions, readTheme, type Zoom } from "./chart";
import "./charts.css";

interface CurveChartProps extends ChartView {
  /** What the chart shows, for a screen reader. */
  label: string;
  /** Charts with the same key share their crosshair and their zoom. */
  syncKey?: string;
  /** Receives the plot, for the export as a picture. */
  chartRef?: RefObject<uPlot | null>;
}

/** Curves over a shared x axis. Hover or arrow keys read values, dragging zooms, a double click or Escape zooms out. */
export function CurveChart({ label, syncKey, chartRef, ...view }: CurveChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const zoom = useRef<Zoom>({ range: null });
  const latest = useRef<ChartView>(view);
  latest.current = view;
  const scheme = useAppearance((appearance) => appearance.scheme);
  const structure = view.curves.map((curve) => `${curve.id} ${curve.look} ${curve.color}`).join(",");

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme or other curves need a new plot, new values do not.
  useLayoutEffect(() => {
    const element = holder.current as HTMLDivElement;
    const size = { width: element.clientWidth, height: element.clientHeight };
    const options = chartOptions(() => latest.current, readTheme(), zoom.current, size, syncKey);
    const plot = new uPlot(
      {
        ...options,
        hooks: {
          ...options.hooks,
          setCursor: [(self) => showCard(self, latest.current)],
          setSelect: [(self) => zoomToSelection(self, zoom.current)],
        },
      },
      alignCurves(latest.current.curves),
      element,
    );
    plot.over.addEventListener("dblclick", () => zoomOut(plot, zoom.current));
    chart.current = plot;
    if (chartRef) chartRef.current = plot;
    const resized = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
      chart.current = null;
      if (chartRef) chartRef.current = null;
    };
  }, [structure, scheme, syncKey, view.log, view.endLabels]);

  useEffect(() => {
    chart.current?.setData(alignCurves(view.curves));
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const plot = chart.current;
    if (!plot) return;
    if (event.key === "Escape") zoomOut(plot, zoom.current);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const last = plot.data[0].length - 1;
    const index = Math.min(last, Math.max(0, (plot.cursor.idx ?? -1) + step * (event.shiftKey ? 25 : 1)));
    const x = plot.data[0][index];
    if (x !== undefined) moveCursor(plot, index, plot.valToPos(x, "x"), syncKey);
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is read with the arrow keys.
    <div className="curve-chart" ref={holder} role="img" aria-label={label} tabIndex={0} onKeyDown={onKeyDown} />
  );
}

/** Puts the crosshair at `left`, in this plot and in those that share its key. */
function moveCursor(plot: uPlot, index: number, left: number, syncKey: string | undefined): void {
  plot.setCursor({ left, top: 8 }, true);
  if (syncKey === undefined) return;
  const { clientWidth, clientHeight } = plot.over;
  uPlot.sync(syncKey).pub("mousemove", plot, left, 8, clientWidth, clientHeight, index);
}

function zoomToSelection(plot: uPlot, zoom: Zoom): void {
  if (plot.select.width < 4) return;
  const from = plot.posToVal(plot.select.left, "x");
  const to = plot.posToVal(plot.select.left + plot.select.width, "x");
  zoom.range = [from, to];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  plot.setData(plot.data);
}

function zoomOut(plot: uPlot, zoom: Zoom): void {
  zoom.range = null;
  plot.setData(plot.data);
}
