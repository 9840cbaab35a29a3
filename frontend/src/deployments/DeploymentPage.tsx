import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { ErrorState, Skeleton } from "../ui/States";
import { useTitle } from "../ui/useTitle";
import { type Deployment, deploymentQuery, type UsageWindow, usageQuery, type Version, versionsQuery } from "./api";
import { DeploymentHeader } from "./DeploymentHeader";
import { EndpointPanel } from "./EndpointPanel";
import { LastRequests } from "./LastRequests";
import { TrafficPanel } from "./TrafficPanel";
import { TryPanel } from "./TryPanel";
import { VersionsPanel } from "./VersionsPanel";
import "./deployments.css";

/** One deployment: its endpoint and keys, a panel to try it, its traffic and its versions. */
export function DeploymentPage() {
  const { t } = useTranslation("deployments");
  const { slug } = useParams({ from: "/p/$projectId/deploy/$slug" });
  const deployment = useQuery(deploymentQuery(slug));
  const versions = useQuery(versionsQuery(slug));
  useTitle(deployment.data?.name);
  useRereading(slug, versions.data);
  const error = deployment.error ?? versions.error;
  if (error) {
    return (
      <main className="main">
        <ErrorState error={error} title={t("loadFailed")} onRetry={() => void deployment.refetch()} />
      </main>
    );
  }
  if (!deployment.data || !versions.data) {
    return (
      <main className="main">
        <Skeleton height={64} />
      </main>
    );
  }
  return <DeploymentBody key={slug} deployment={deployment.data} versions={versions.data} />;
}

function DeploymentBody({ deployment, versions }: { deployment: Deployment; versions: Version[] }) {
  const [window, setWindow] = useState<UsageWindow>("24h");
  const usage = useQuery(usageQuery(deployment.slug, window)).data;
  const active = versions.find((version) => version.is_active);
  const newest = versions[0];
  return (
    <div className="deployment-page">
      <DeploymentHeader deployment={deployment} active={active} usage={usage} />
      <main className="deployment-main">
        {newest && newest.status !== "ready" && <ExportState version={newest} />}
        <EndpointPanel deployment={deployment} active={active} />
        {active ? <TryPanel key={active.number} slug={deployment.slug} version={active.number} /> : <TryLater />}
        <TrafficPanel usage={usage} window={window} onWindow={setWindow} />
        <section className="card">
          <VersionsPanel deployment={deployment} versions={versions} usage={usage} />
          <LastRequests requests={usage?.last_requests ?? []} />
        </section>
      </main>
    </div>
  );
}

function TryLater() {
  const { t } = useTranslation("deployments");
  return (
    <section className="card">
      <header>
        <h2>{t("try.title")}</h2>
      </header>
      <p className="body sm t2">{t("try.later")}</p>
    </section>
  );
}

/** The newest version while it is exported and checked, or why that failed. */
function ExportState({ version }: { version: Version }) {
  const { t } = useTranslation("deployments");
  if (version.status === "failed") {
    return (
      <div className="form-problem deployment-wide" role="alert" data-testid="export-failed">
        <p className="strong">{t("export.failed", { number: version.number })}</p>
        <p>{version.error?.message}</p>
      </div>
    );
  }
  return (
    <div className="export-progress deployment-wide" role="status" data-testid="exporting">
      <Icon name="clock" />
      <span>{t("export.running", { number: version.number })}</span>
      <progress aria-label={t("states.preparing")} />
    </div>
  );
}

/** Reads the deployment again when one of its versions becomes ready. */
function useRereading(slug: string, versions: Version[] | undefined): void {
  const client = useQueryClient();
  const states = versions?.map((version) => version.status).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the states are what to react to.
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["deployments", slug], exact: true });
  }, [client, slug, states]);
}
