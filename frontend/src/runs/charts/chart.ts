import uPlot from "uplot";
import { quantileRange } from "../curves";

/** One line of a chart. `x` ascends; lines of one chart need not share their `x`. */
export interface Curve {
  id: string;
  label: string;
  /** The token that colours it, such as `--chart-train`. */
  color: string;
  /** raw: thin and pale, left out of the card; line: the main line; dots: a line with a dot a value. */
  look: "raw" | "line" | "dots";
  x: readonly number[];
  y: readonly number[];
}

/** What a chart shows besides its curves. */
export interface ChartView {
  curves: readonly Curve[];
  formatX: (x: number) => string;
  formatY: (y: number) => string;
  /** A value in the card under the crosshair. */
  describeY: (y: number) => string;
  /** The head of that card. */
  describeX: (x: number) => string;
  log: boolean;
  /** Where the x axis begins; 0 unless given. */
  xStart?: number;
  /** Where it ends; beyond the last value lies the time to come, named by `toCome`. */
  xEnd?: number;
  toCome?: string;
  /** Bounds that the y axis keeps to, such as 0 and 1 for a share. */
  yLimits?: [low: number | null, high: number | null];
  endLabels?: boolean;
}

/** The colours and the font of the page's theme, read anew for each chart. */
export interface ChartTheme {
  color: (token: string) => string;
  font: string;
}

export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  return {
    color: (token) => style.getPropertyValue(token).trim(),
    font: `11px ${style.getPropertyValue("--font-ui").trim()}`,
  };
}

/** All curves on one ascending x axis, as uPlot takes them; where a curve has no value stands `undefined`. */
export function alignCurves(curves: readonly Curve[]): uPlot.AlignedData {
  if (curves.length === 0) return [[]];
  return uPlot.join(curves.map((curve) => [curve.x, curve.y] as unknown as uPlot.AlignedData));
}

/** Zoomed part of the x axis, or null for all of it. */
export interface Zoom {
  range: [number, number] | null;
}

const MIN_DOT_PIXELS = 8;

/** The options of one uPlot; `view` gives the latest view each time it draws. */
export function chartOptions(
  view: () => ChartView,
  theme: ChartTheme,
  zoom: Zoom,
  size: { width: number; height: number },
  syncKey: string | undefined,
): uPlot.Options {
  const { curves, log } = view();
  return {
    ...size,
    legend: { show: false },
    padding: [12, view().endLabels ? 56 : 20, 0, 0],
    scales: {
      x: { time: false, range: () => zoom.range ?? fullRange(view()) },
      y: { distr: log ? 3 : 1, range: () => yRange(view(), zoom) },
    },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, width: 2, stroke: (_chart, index) => theme.color(curves[index - 1]?.color ?? "--text") },
      dataIdx: (chart, series, index) =>
        curves[series - 1]?.look === "raw" ? null : nearestValue(chart, series, index),
      sync: syncKey ? { key: syncKey, scales: ["x", null] } : undefined,
    },
    series: [{}, ...curves.map((curve) => seriesOptions(curve, theme))],
    axes: [
      axisOptions(theme, {
        values: (_chart, splits) => splits.map((split) => view().formatX(split)),
        border: { show: true, stroke: theme.color("--chart-axis"), width: 1 },
        grid: { show: false },
        size: 28,
        space: 64,
      }),
      axisOptions(theme, {
        values: (_chart, splits) => splits.map((split) => (split === null ? "" : view().formatY(split))),
        grid: { show: true, stroke: theme.color("--chart-grid"), width: 1 },
        size: 52,
        space: (_chart, _axis, _low, _high, height) => Math.max(44, height / 6),
      }),
    ],
    hooks: {
      drawClear: [(chart) => drawTimeToCome(chart, view(), theme)],
      draw: [(chart) => drawEndLabels(chart, view(), theme)],
    },
  };
}

function seriesOptions(curve: Curve, theme: ChartTheme): uPlot.Series {
  const stroke = theme.color(curve.color);
  if (curve.look === "raw") {
    return { stroke, alpha: 0.28, width: 1, points: { show: false } };
  }
  const dots = curve.look === "dots";
  return {
    stroke,
    width: 1.75,
    points: dots
      ? { show: isSparse, size: 6, width: 1.5, stroke, fill: theme.color("--surface") }
      : { show: isSingle, size: 5, width: 0, fill: stroke },
  };
}

/** Epochs are dots until they would run into one another. */
function isSparse(chart: uPlot, series: number): boolean {
  const count = Array.from(chart.data[series] ?? []).filter((value) => value != null).length;
  return count === 1 || count * MIN_DOT_PIXELS <= chart.bbox.width / devicePixelRatio;
}

/** One value makes no line; it is shown as a dot. */
function isSingle(chart: uPlot, series: number): boolean {
  return Array.from(chart.data[series] ?? []).filter((value) => value != null).length === 1;
}

function axisOptions(theme: ChartTheme, own: uPlot.Axis): uPlot.Axis {
  return { stroke: theme.color("--text-3"), font: theme.font, ticks: { show: false }, gap: 8, ...own };
}

function fullRange(view: ChartView): [number, number] {
  const ends = view.curves.map((curve) => curve.x[curve.x.length - 1] ?? 0);
  const start = view.xStart ?? 0;
  return [start, Math.max(view.xEnd ?? 0, ...ends) || start + 1];
}

/** The y axis shows what is in view; single spikes do not flatten the rest, they are clipped. */
function yRange(view: ChartView, zoom: Zoom): [number, number] {
  const [from, to] = zoom.range ?? fullRange(view);
  const [low, high] = quantileRange(view.curves, from, to, view.log);
  if (view.log) return [low / 1.2, high * 1.2];
  const [lowest, highest] = view.yLimits ?? [null, null];
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  const bottom = lowest === null ? low - pad : Math.max(lowest, low - pad);
  const top = highest === null ? high + pad : Math.min(highest, high + pad);
  return [bottom, top > bottom ? top : bottom + 1];
}

/** The index nearest to `index` at which the series has a value, so that each series answers under the crosshair. */
function nearestValue(chart: uPlot, seriesIndex: number, index: number): number {
  const values = chart.data[seriesIndex];
  if (seriesIndex === 0 || values === undefined) return index;
  for (let distance = 0; distance < values.length; distance++) {
    if (values[index - distance] != null) return index - distance;
    if (values[index + distance] != null) return index + distance;
  }
  return index;
}

function drawTimeToCome(chart: uPlot, view: ChartView, theme: ChartTheme): void {
  if (view.toCome === undefined || view.xEnd === undefined) return;
  const last = Math.max(...view.curves.map((curve) => curve.x[curve.x.length - 1] ?? 0));
  const { ctx, bbox } = chart;
  const left = Math.max(chart.valToPos(last, "x", true), bbox.left);
  const right = Math.min(chart.valToPos(view.xEnd, "x", true), bbox.left + bbox.width);
  if (right - left < 2) return;
  ctx.save();
  ctx.fillStyle = theme.color("--surface-sunken");
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.fillStyle = theme.color("--chart-axis");
  ctx.fillRect(left, bbox.top, devicePixelRatio, bbox.height);
  ctx.fillStyle = theme.color("--text-3");
  ctx.font = scaledFont(theme);
  ctx.textAlign = "right";
  if (ctx.measureText(view.toCome).width + 16 * devicePixelRatio < right - left) {
    ctx.fillText(view.toCome, right - 6 * devicePixelRatio, bbox.top + bbox.height - 8 * devicePixelRatio);
  }
  ctx.restore();
}

function drawEndLabels(chart: uPlot, view: ChartView, theme: ChartTheme): void {
  if (!view.endLabels) return;
  const { ctx } = chart;
  const taken: number[] = [];
  const line = 14 * devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${scaledFont(theme)}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const curve of view.curves) {
    const x = curve.x[curve.x.length - 1];
    const y = curve.y[curve.y.length - 1];
    if (x === undefined || y === undefined || curve.look === "raw") continue;
    let top = chart.valToPos(y, "y", true);
    while (taken.some((other) => Math.abs(other - top) < line)) top += line;
    taken.push(top);
    ctx.fillStyle = theme.color(curve.color);
    ctx.fillText(curve.label, chart.valToPos(x, "x", true) + 8 * devicePixelRatio, top);
  }
  ctx.restore();
}

function scaledFont(theme: ChartTheme): string {
  return theme.font.replace("11px", `${11 * devicePixelRatio}px`);
}
