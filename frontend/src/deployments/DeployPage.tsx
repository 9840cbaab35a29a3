import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { Badge } from "../ui/Badge";
import { Icon } from "../ui/Icon";
import { EmptyState, ErrorState, Skeleton } from "../ui/States";
import { formatWhen } from "../ui/times";
import { useTitle } from "../ui/useTitle";
import { type Deployment, deploymentsQuery } from "./api";
import "./deployments.css";

/** The deployments of a project; a single one opens at once. */
export function DeployPage() {
  const { t } = useTranslation("deployments");
  const { projectId } = useParams({ from: "/p/$projectId/deploy" });
  const { data, error, refetch } = useQuery(deploymentsQuery(projectId));
  useTitle(t("title"));
  if (data?.results.length === 1) {
    const only = data.results[0] as Deployment;
    return <Navigate to="/p/$projectId/deploy/$slug" params={{ projectId, slug: only.slug }} replace />;
  }
  return (
    <main className="main deployments-list">
      {error && <ErrorState error={error} title={t("loadFailed")} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={40} />}
      {data && data.results.length === 0 && (
        <EmptyState
          title={t("empty.title")}
          action={
            <Link className="btn primary" to="/p/$projectId/runs" params={{ projectId }}>
              <Icon name="deploy" size={14} />
              {t("empty.action")}
            </Link>
          }
        >
          {t("empty.about")}
        </EmptyState>
      )}
      {data && data.results.length > 0 && <DeploymentTable deployments={data.results} />}
    </main>
  );
}

function DeploymentTable({ deployments }: { deployments: Deployment[] }) {
  const { t, i18n } = useTranslation("deployments");
  return (
    <section className="card">
      <header>
        <h2>{t("title")}</h2>
        <span className="count">{deployments.length}</span>
      </header>
      <table className="tbl" data-testid="deployments">
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("state")}</th>
            <th>{t("version")}</th>
            <th>{t("endpoint.title")}</th>
            <th className="num">{t("deployed")}</th>
          </tr>
        </thead>
        <tbody>
          {deployments.map((deployment) => (
            <tr key={deployment.id}>
              <td>
                <Link
                  className="med"
                  to="/p/$projectId/deploy/$slug"
                  params={{ projectId: deployment.project.id, slug: deployment.slug }}
                >
                  {deployment.name}
                </Link>
              </td>
              <td>
                <DeploymentState deployment={deployment} />
              </td>
              <td>{deployment.active_version ? `v${deployment.active_version}` : "–"}</td>
              <td className="mono">{deployment.url}</td>
              <td className="num t3">{formatWhen(deployment.created_at, i18n.language as Language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Live, offline, or not serving yet. */
export function DeploymentState({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  if (deployment.active_version === null) return <Badge>{t("states.preparing")}</Badge>;
  return (
    <Badge tone={deployment.state === "live" ? "ok" : "warn"}>
      {deployment.state === "live" && <span className="dot small-dot" />}
      {t(`states.${deployment.state}`)}
    </Badge>
  );
}
