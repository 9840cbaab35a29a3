import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Project } from "../api/projects";
import type { Deployment } from "../deployments/api";
import type { Language } from "../i18n";
import type { Run } from "../runs/api";
import { formatMetric, inSentence, metricOf } from "../runs/metrics";
import { scoreOf } from "../runs/runTable";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { formatCount } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { formatWhen } from "../ui/times";
import { allDeploymentsQuery, latestRunsQuery, useDeleteProject, useDuplicateProject, useRenameProject } from "./api";
import { Strip } from "./Strip";

/** Projects with what stands in them: their layers, data, latest run and deployment. */
export function ProjectTable({ projects }: { projects: Project[] }) {
  const { t } = useTranslation("start");
  const runs = useQuery(latestRunsQuery).data?.results ?? [];
  const deployments = useQuery(allDeploymentsQuery).data?.results ?? [];
  const duplicate = useDuplicateProject();
  const remove = useDeleteProject();
  const [renaming, setRenaming] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  return (
    <div className="card">
      <Problem error={duplicate.error ?? remove.error} />
      <table className="tbl projects" aria-label={t("projects.title")} data-testid="projects">
        <tbody>
          {projects.map((project) => (
            <tr key={project.id} data-testid={`project-${project.id}`}>
              <td className="project-name">
                {renaming === project.id ? (
                  <RenameForm project={project} onDone={() => setRenaming(null)} />
                ) : (
                  <Link className="med" to="/p/$projectId/build" params={{ projectId: project.id }}>
                    {project.name}
                  </Link>
                )}
              </td>
              <td>
                <Strip families={project.strip} />
              </td>
              <td className="t2">{project.dataset?.name ?? <span className="t3">{t("projects.noData")}</span>}</td>
              {deleting === project.id ? (
                <td colSpan={4}>
                  <DeleteQuestion
                    name={project.name}
                    onCancel={() => setDeleting(null)}
                    onDelete={() => remove.mutate(project.id, { onSuccess: () => setDeleting(null) })}
                  />
                </td>
              ) : (
                <Facts
                  project={project}
                  run={runs.find((run) => run.project.id === project.id)}
                  deployment={deployments.find((own) => own.project.id === project.id && own.active_version !== null)}
                />
              )}
              <td className="num">
                <ProjectMenu
                  name={project.name}
                  onRename={() => setRenaming(project.id)}
                  onDuplicate={() => duplicate.mutate(project.id)}
                  onDelete={() => setDeleting(project.id)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FactsProps {
  project: Project;
  run: Run | undefined;
  deployment: Deployment | undefined;
}

function Facts({ project, run, deployment }: FactsProps) {
  const { t, i18n } = useTranslation(["start", "runs"]);
  const { metric } = run ?? {};
  return (
    <>
      <td>
        <span className="row chips">
          {run && <RunBadge run={run} />}
          {deployment && (
            <Badge tone={deployment.state === "live" ? "ok" : undefined}>
              {t(`projects.${deployment.state}`, { version: deployment.active_version })}
            </Badge>
          )}
        </span>
      </td>
      <td className="num t2">
        {run && metric && scoreOf(run) !== null ? (
          <>
            {t("runs:split.val")} {inSentence(t(`runs:metrics.${metricOf(metric)}`, metricOf(metric)))}{" "}
            {formatMetric(metric, scoreOf(run))}
          </>
        ) : (
          <span className="t3">{t("projects.notTrained")}</span>
        )}
      </td>
      <td className="num t2">
        {project.num_parameters !== null && (
          <>
            {formatCount(project.num_parameters)} <span className="t3">{t("projects.params")}</span>
          </>
        )}
      </td>
      <td className="num t3">{formatWhen(project.updated_at, i18n.language as Language)}</td>
    </>
  );
}

/** The latest run, where it says more than that it is done. */
function RunBadge({ run }: { run: Run }) {
  const { t } = useTranslation(["start", "runs"]);
  if (run.status === "running") {
    return <Badge tone="acc">{t("projects.training", { epoch: run.epoch + 1, epochs: run.num_epochs })}</Badge>;
  }
  if (run.status === "failed") return <Badge tone="bad">{t("projects.failed")}</Badge>;
  if (run.status === "queued" || run.status === "paused") return <Badge>{t(`runs:status.${run.status}`)}</Badge>;
  return null;
}

function RenameForm({ project, onDone }: { project: Project; onDone: () => void }) {
  const { t } = useTranslation("start");
  const [name, setName] = useState(project.name);
  const rename = useRenameProject();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate({ id: project.id, name }, { onSuccess: onDone });
  };
  return (
    <form className="row" onSubmit={submit}>
      <span className="field">
        <input
          aria-label={t("projects.newName")}
          value={name}
          maxLength={100}
          required
          // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here.
          autoFocus
          onFocus={(event) => event.target.select()}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && onDone()}
        />
      </span>
      <Button type="submit" size="sm" icon="check" aria-label={t("ui:actions.save")} disabled={rename.isPending} />
      <Problem error={rename.error} />
    </form>
  );
}

function DeleteQuestion({ name, onCancel, onDelete }: { name: string; onCancel: () => void; onDelete: () => void }) {
  const { t } = useTranslation("start");
  return (
    <span className="row delete-question" role="alert">
      <span className="sm">{t("projects.deleteQuestion", { name })}</span>
      <Button size="sm" variant="ghost" onClick={onCancel}>
        {t("ui:actions.cancel")}
      </Button>
      <Button size="sm" variant="danger" onClick={onDelete} data-testid="confirm">
        {t("ui:actions.delete")}
      </Button>
    </span>
  );
}

interface ProjectMenuProps {
  name: string;
  onRename: () => void;
  onDuplicate: () => void;
  onDelete: () => void;
}

function ProjectMenu({ name, onRename, onDuplicate, onDelete }: ProjectMenuProps) {
  const { t } = useTranslation("start");
  return (
    <Menu position="bottom-end" width={160} returnFocus={false}>
      <Menu.Target>
        <Button variant="ghost" size="sm" icon="more" aria-label={t("projects.menu", { name })} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="brush" size={14} />} onClick={onRename}>
          {t("ui:actions.rename")}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="copy" size={14} />} onClick={onDuplicate}>
          {t("projects.duplicate")}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="x" size={14} />} onClick={onDelete}>
          {t("ui:actions.delete")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
