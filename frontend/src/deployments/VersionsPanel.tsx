import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { formatMetric, isShare } from "../runs/metrics";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Problem } from "../ui/Problem";
import { formatWhen } from "../ui/times";
import { type Deployment, type Usage, useRollback, type Version } from "./api";

interface VersionsPanelProps {
  deployment: Deployment;
  versions: Version[];
  usage: Usage | undefined;
}

export function VersionsPanel({ deployment, versions, usage }: VersionsPanelProps) {
  const { t } = useTranslation("deployments");
  const rollback = useRollback(deployment.slug);
  return (
    <>
      <header>
        <h2>{t("versions.title")}</h2>
      </header>
      <Problem error={rollback.error} />
      <table className="tbl versions" data-testid="versions">
        <thead>
          <tr>
            <th aria-label={t("version")} />
            <th>{t("versions.from")}</th>
            <th>{t("state")}</th>
            <th className="num">{t("versions.score")}</th>
            <th className="num">p50</th>
            <th className="num">{t("deployed")}</th>
            <th aria-label={t("versions.rollback")} />
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <VersionRow
              key={version.number}
              version={version}
              projectId={deployment.project.id}
              p50={usage?.versions.find((own) => own.number === version.number)?.p50_ms}
              busy={rollback.isPending}
              onRollback={() => rollback.mutate(version.number)}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

interface VersionRowProps {
  version: Version;
  projectId: string;
  p50: number | null | undefined;
  busy: boolean;
  onRollback: () => void;
}

function VersionRow({ version, projectId, p50, busy, onRollback }: VersionRowProps) {
  const { t, i18n } = useTranslation("deployments");
  const { run } = version;
  const score = scoreName(version);
  return (
    <tr>
      <td className="strong">v{version.number}</td>
      <td>
        {run ? (
          <Link to="/p/$projectId/runs/$runId" params={{ projectId, runId: run.id }}>
            {run.name || t("run", { number: run.number })}
          </Link>
        ) : (
          "–"
        )}
      </td>
      <td>
        <VersionState version={version} />
      </td>
      <td className="num" title={score}>
        {score ? formatMetric(score, version.metrics[score]) : "–"}
      </td>
      <td className="num">{p50 == null ? "–" : `${p50.toFixed(1)} ms`}</td>
      <td className="num t3">{formatWhen(version.created_at, i18n.language as Language)}</td>
      <td className="num">
        {version.is_active && <span className="t3">{t("versions.current")}</span>}
        {!version.is_active && version.status === "ready" && (
          <Button
            size="sm"
            icon="rollback"
            disabled={busy}
            onClick={onRollback}
            data-testid={`rollback-${version.number}`}
          >
            {t("versions.rollback")}
          </Button>
        )}
      </td>
    </tr>
  );
}

function VersionState({ version }: { version: Version }) {
  const { t } = useTranslation("deployments");
  if (version.status === "exporting") return <Badge tone="acc">{t("versions.exporting")}</Badge>;
  if (version.status === "failed") {
    return (
      <span title={version.error?.message}>
        <Badge tone="bad">{t("versions.failed")}</Badge>
      </span>
    );
  }
  return version.is_active ? <Badge tone="ok">{t("versions.serving")}</Badge> : <Badge>{t("versions.kept")}</Badge>;
}

/** The validation metric to show: a share if there is one, else the first that is not the loss. */
function scoreName(version: Version): string | undefined {
  const names = Object.keys(version.metrics).filter((name) => name.startsWith("val/"));
  return names.find(isShare) ?? names.find((name) => !name.endsWith("loss")) ?? names[0];
}
