import { useTranslation } from "react-i18next";
import { formatBytes, formatExact, formatRate } from "../../ui/numbers";
import type { RunDetail } from "../api";
import { recentSpeeds } from "../runCurves";
import type { RunFeed } from "../runFeed";
import { Sparkline } from "../Sparkline";

const NUM_SPEEDS = 48;
const NUM_RATES = 48;
const NUM_MEMORIES = 48;

/** Throughput, step time, learning rate and memory, each with its recent course. */
export function Tiles({ run, feed }: { run: RunDetail; feed: RunFeed }) {
  const { t } = useTranslation("runs");
  const speeds = recentSpeeds(feed.log, NUM_SPEEDS);
  const rates = thinned(feed.log.series.get("rate")?.values, NUM_RATES);
  const memory = feed.log.epochs.flatMap((epoch) => epoch.memory_bytes ?? []).slice(-NUM_MEMORIES);
  const held = memory[memory.length - 1];
  const rate = rates[rates.length - 1] ?? run.learning_rate;
  return (
    <section className="card tiles" aria-label={t("tiles.label")}>
      <Tile name={t("tiles.throughput")} unit={t("tiles.rowsPerSecond")} course={speeds}>
        {run.samples_per_second === null ? null : formatExact(Math.round(run.samples_per_second))}
      </Tile>
      <Tile name={t("tiles.stepTime")} unit="ms" course={speeds.map((speed) => 1 / speed)}>
        {run.seconds_per_step === null ? null : milliseconds(run.seconds_per_step)}
      </Tile>
      <Tile name={t("tiles.rate")} unit={run.config.schedule?.type ?? t("tiles.constant")} course={rates}>
        {rate === null ? null : formatRate(rate)}
      </Tile>
      <Tile name={t("tiles.memory")} unit={t("tiles.held")} course={memory}>
        {held === undefined ? null : formatBytes(held)}
      </Tile>
    </section>
  );
}

interface TileProps {
  name: string;
  unit: string;
  course: readonly number[];
  children: string | null;
}

function Tile({ name, unit, course, children }: TileProps) {
  return (
    <div>
      <span className="xs t3">{name}</span>
      <span />
      <span className="fig tile-figure">
        {children ?? "–"} <small>{unit}</small>
      </span>
      <Sparkline values={course} width={72} height={28} color="--chart-train" filled />
    </div>
  );
}

function milliseconds(seconds: number): string {
  const value = seconds * 1000;
  return value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0);
}

/** At most `count` of the values, evenly, the last one among them. */
function thinned(values: Float64Array | undefined, count: number): number[] {
  if (!values) return [];
  const stride = Math.max(1, Math.ceil(values.length / count));
  const kept: number[] = [];
  for (let index = values.length - 1; index >= 0; index -= stride) kept.unshift(values[index] as number);
  return kept;
}
