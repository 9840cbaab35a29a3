import { useTranslation } from "react-i18next";
import type { Language } from "../../i18n";
import { Button } from "../../ui/Button";
import { downloadFile } from "../../ui/download";
import { formatSeconds } from "../../ui/numbers";
import { formatTime } from "../../ui/times";
import { pointsCsv } from "../csv";
import { formatMetric, inSentence, metricOf } from "../metrics";
import type { RunFeed } from "../runFeed";
import type { LogLine } from "../runLog";

/** So many lines are shown; the file has them all. */
const SHOWN_LINES = 300;

export function LogPanel({ number, feed }: { number: number; feed: RunFeed }) {
  const { t } = useTranslation("runs");
  const lines = feed.log.lines.slice(-SHOWN_LINES).reverse();
  const save = () => {
    const file = new Blob([pointsCsv(feed.log)], { type: "text/csv" });
    downloadFile(`run-${number}-points.csv`, file);
  };
  return (
    <section className="card log-panel">
      <header>
        <h2>{t("log.title")}</h2>
        <span className="grow" />
        <Button
          variant="ghost"
          size="sm"
          icon="download"
          onClick={save}
          aria-label={t("log.csvLabel")}
          title={t("log.csvLabel")}
          data-testid="export-csv"
        >
          CSV
        </Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable from the keyboard. */}
      <div className="body log" role="log" aria-label={t("log.title")} tabIndex={0}>
        {lines.map((line) => (
          <Line key={line.kind === "rewind" ? line.seq : line.event.seq} line={line} />
        ))}
        {lines.length === 0 && <span className="t3">{t("log.empty")}</span>}
      </div>
    </section>
  );
}

function Line({ line }: { line: LogLine }) {
  const { t, i18n } = useTranslation("runs");
  const time = line.kind === "rewind" ? line.time : line.event.time;
  return (
    <div className="log-line">
      <span className="t3">{formatTime(time, i18n.language as Language, true)}</span>
      {line.kind === "rewind" && <span className="warnc">{t("log.rewind", { step: line.step })}</span>}
      {line.kind === "message" && <span className={levelClass(line.event.level)}>{line.event.message}</span>}
      {line.kind === "epoch" && <EpochLine line={line} />}
    </div>
  );
}

function EpochLine({ line }: { line: Extract<LogLine, { kind: "epoch" }> }) {
  const { t } = useTranslation("runs");
  const { event, checkpoint } = line;
  const values = (split: "train" | "val") =>
    Object.entries(event.values)
      .filter(([name]) => name.startsWith(`${split}/`))
      .map(
        ([name, value]) => `${inSentence(t(`metrics.${metricOf(name)}`, metricOf(name)))} ${formatMetric(name, value)}`,
      )
      .join("  ");
  return (
    <>
      <b>{t("epochLower", { number: event.epoch })}</b>
      <span>
        {t("split.train")} {values("train")}
      </span>
      <span>
        {t("split.val")} {values("val")}
      </span>
      <span className="t3">{formatSeconds(event.seconds)}</span>
      {checkpoint && (
        <span className={checkpoint.kinds.includes("best") ? "ok" : "t3"}>
          {checkpoint.kinds.includes("best") ? t("log.best") : t("log.checkpoint")}
        </span>
      )}
    </>
  );
}

function levelClass(level: string): string | undefined {
  return { error: "bad", warning: "warnc", debug: "t3" }[level];
}
