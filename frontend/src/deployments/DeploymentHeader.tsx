import { Popover } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Run, useRuns } from "../runs/api";
import { formatMetric } from "../runs/metrics";
import { scoreOf } from "../runs/runTable";
import { Button } from "../ui/Button";
import { ConfirmButton } from "../ui/ConfirmButton";
import { formatExact, formatShare } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { SelectField } from "../ui/SelectField";
import {
  type Deployment,
  type Usage,
  useCreateVersion,
  useDeleteDeployment,
  useUpdateDeployment,
  type Version,
} from "./api";
import { DeploymentState } from "./DeployPage";

interface DeploymentHeaderProps {
  deployment: Deployment;
  active: Version | undefined;
  usage: Usage | undefined;
}

export function DeploymentHeader({ deployment, active, usage }: DeploymentHeaderProps) {
  const { t } = useTranslation("deployments");
  return (
    <div className="deployment-head">
      <div>
        <div className="row">
          <h1>{deployment.name}</h1>
          <DeploymentState deployment={deployment} />
          {active && <span className="chip">v{active.number}</span>}
        </div>
        <div className="xs t3">{active && <Runtime version={active} />}</div>
      </div>
      <span className="grow" />
      {usage && <Figures usage={usage} />}
      <Actions deployment={deployment} />
      <span className="sr-only" aria-live="polite">
        {t(`states.${deployment.state}`)}
      </span>
    </div>
  );
}

/** What serves the version, and that it was checked. */
function Runtime({ version }: { version: Version }) {
  const { t } = useTranslation("deployments");
  if (version.runtime !== "onnx") return <>{version.reason?.message ?? t("runtime.torch")}</>;
  const sizes = Object.keys(version.parity?.largest_difference ?? {});
  return <>{sizes.length > 0 ? t("runtime.checked", { sizes: sizes.join(", ") }) : t("runtime.onnx")}</>;
}

function Figures({ usage }: { usage: Usage }) {
  const { t } = useTranslation("deployments");
  const { totals } = usage;
  const errors = totals.num_invalid + totals.num_refused + totals.num_failed;
  const all = totals.num_answered + errors;
  return (
    <>
      <Figure name={t("figures.requests", { window: t(`windows.${usage.window}`) })}>{formatExact(all)}</Figure>
      <Figure name={t("figures.latency")}>
        {totals.p50_ms === null ? "–" : `${short(totals.p50_ms)} / ${short(totals.p95_ms ?? 0)} ms`}
      </Figure>
      <Figure name={t("figures.errors")}>
        {formatExact(errors)} {errors > 0 && <span className="xs t3">{formatShare(errors / all)}</span>}
      </Figure>
    </>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="head-figure">
      <div className="xs t3">{name}</div>
      <div className="med">{children}</div>
    </div>
  );
}

function short(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds < 10 ? 1 : 0);
}

function Actions({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  const navigate = useNavigate();
  const update = useUpdateDeployment(deployment.slug);
  const remove = useDeleteDeployment(deployment);
  const isLive = deployment.state === "live";
  return (
    <div className="row deployment-actions">
      <ConfirmButton
        variant="ghost"
        question={t("delete.question", { name: deployment.name })}
        confirm={t("delete.action")}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () =>
              void navigate({ to: "/p/$projectId/deploy", params: { projectId: deployment.project.id } }),
          })
        }
      >
        {t("delete.action")}
      </ConfirmButton>
      <Button
        icon={isLive ? "pause" : "play"}
        disabled={update.isPending}
        onClick={() => update.mutate({ state: isLive ? "offline" : "live" })}
        data-testid="deployment-switch"
      >
        {isLive ? t("takeOffline") : t("takeOnline")}
      </Button>
      <NewVersion deployment={deployment} />
    </div>
  );
}

/** Takes the best checkpoint of another run as the next version. */
function NewVersion({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={300} trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="primary"
          icon="deploy"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="new-version"
        >
          {t("newVersion.action")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <NewVersionForm deployment={deployment} onDone={() => setOpen(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function NewVersionForm({ deployment, onDone }: { deployment: Deployment; onDone: () => void }) {
  const { t } = useTranslation("deployments");
  const loaded = useRuns(deployment.project.id).data?.pages.flatMap((page) => page.results) ?? [];
  const runs = loaded.filter((run) => run.best !== null);
  const [chosen, setChosen] = useState<string | null>(null);
  const run = chosen ?? runs[0]?.id ?? "";
  const create = useCreateVersion(deployment.slug);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ run }, { onSuccess: onDone });
  };
  return (
    <form className="form" onSubmit={submit} aria-label={t("newVersion.action")}>
      <p className="sm t2">{t("newVersion.about")}</p>
      <SelectField
        label={t("newVersion.from")}
        value={run}
        options={runs.map((option) => ({ value: option.id, label: nameOf(option) }))}
        onChange={setChosen}
        data-autofocus
      />
      <Problem error={create.error} />
      <Button type="submit" variant="primary" disabled={create.isPending || run === ""}>
        {t("newVersion.start")}
      </Button>
    </form>
  );

  function nameOf(option: Run): string {
    const name = option.name || t("run", { number: option.number });
    return option.metric ? `${name} · ${formatMetric(option.metric, scoreOf(option))}` : name;
  }
}
