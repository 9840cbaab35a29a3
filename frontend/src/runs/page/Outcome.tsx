import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { AllSettings } from "../../settings/AllSettings";
import { Icon } from "../../ui/Icon";
import { formatExact, formatRate } from "../../ui/numbers";
import { Panel } from "../../ui/Panel";
import type { RunDetail } from "../api";
import type { TestResult } from "../events";
import { formatMetric, metricOf } from "../metrics";

/** What the finished run reached on the rows it never saw. */
export function TestPanel({ test }: { test: TestResult }) {
  const { t } = useTranslation("runs");
  const metrics = Object.entries(test)
    .filter((entry): entry is [string, number | null] => entry[0] !== "step" && typeof entry[1] !== "string")
    .sort(([a], [b]) => Number(metricOf(a) === "loss") - Number(metricOf(b) === "loss"));
  return (
    <Panel title={t("test.title")} actions={<span className="xs t3">{t("test.about")}</span>}>
      <div className="test-figures" data-testid="test-metrics">
        {metrics.map(([name, value]) => (
          <div key={name} data-metric={metricOf(name)} data-value={value ?? undefined}>
            <div className="xs t3">{t(`metrics.${metricOf(name)}`, metricOf(name))}</div>
            <div className="fig">{formatMetric(name, value)}</div>
          </div>
        ))}
      </div>
    </Panel>
  );
}

/** Why a run waits although a slot may be free. */
export function HeldUp({ run }: { run: RunDetail }) {
  if (!run.queue?.reason) return null;
  return (
    <section className="card held-up" role="status" data-testid="run-held-up">
      <div className="row">
        <Icon name="clock" className="warnc" />
        <span>{run.queue.reason}</span>
      </div>
    </section>
  );
}

/** Why a run failed, which layer it was, and the traceback for who wants it. */
export function Failure({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const error = run.error;
  if (!error) return null;
  const node = run.graph.nodes.find((candidate) => candidate.id === error.node);
  return (
    <section className="card failure" role="alert" data-testid="run-failure">
      <div className="row">
        <Icon name="error" className="bad" />
        <span className="strong">{error.message}</span>
        <span className="grow" />
        {error.node && (
          <Link
            className="btn"
            to="/p/$projectId/build"
            params={{ projectId: run.project.id }}
            hash={`node=${error.node}`}
          >
            {t("failure.showNode", { name: node?.name ?? error.node })}
          </Link>
        )}
      </div>
      <p className="sm t2">{t("failure.kept")}</p>
      {error.traceback && (
        <details>
          <summary className="sm">{t("failure.traceback")}</summary>
          <pre className="mono">{error.traceback}</pre>
        </details>
      )}
      <code className="mono t3">{error.code}</code>
    </section>
  );
}

/** With what the run trains. */
export function Settings({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const optimizer = Object.entries(run.config.optimizer.params)
    .map(([name, value]) => `${name} ${name === "lr" ? formatRate(Number(value)) : String(value)}`)
    .join(", ");
  return (
    <Panel title={t("settings.title")}>
      <dl className="settings">
        <dt>{t("settings.data")}</dt>
        <dd>
          <Link to="/datasets/$datasetId" params={{ datasetId: run.dataset_version.dataset }}>
            {run.dataset_version.name}
          </Link>{" "}
          <span className="t3">{t("settings.version", { number: run.dataset_version.number })}</span>
        </dd>
        <dt>{t("settings.optimizer")}</dt>
        <dd>
          {run.config.optimizer.type} <span className="t3">{optimizer}</span>
        </dd>
        <dt>{t("settings.schedule")}</dt>
        <dd>{run.config.schedule?.type ?? t("tiles.constant")}</dd>
        <dt>{t("settings.batch")}</dt>
        <dd>{run.batch_size === "all" ? t("allRows") : run.batch_size}</dd>
        <dt>{t("settings.epochs")}</dt>
        <dd>{run.num_epochs}</dd>
        <dt>{t("settings.seed")}</dt>
        <dd>{run.config.seed}</dd>
        <dt>{t("parameters")}</dt>
        <dd>{run.num_parameters === null ? "–" : formatExact(run.num_parameters)}</dd>
        {!run.exact && (
          <>
            <dt>{t("settings.resume")}</dt>
            <dd className="warnc">{t("settings.notExact")}</dd>
          </>
        )}
      </dl>
      <AllSettings values={run.config} />
    </Panel>
  );
}
