import { Popover } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCreateDeployment } from "../deployments/api";
import { Button } from "../ui/Button";
import { Problem } from "../ui/Problem";
import { TextField } from "../ui/TextField";
import type { RunDetail } from "./api";

/** Puts the best checkpoint of the run behind an endpoint, under a name. */
export function DeployButton({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={300} trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="soft"
          icon="deploy"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="run-deploy"
        >
          {t("deploy.action")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <DeployForm run={run} />
      </Popover.Dropdown>
    </Popover>
  );
}

function DeployForm({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const navigate = useNavigate();
  const [name, setName] = useState(run.project.name);
  const create = useCreateDeployment();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { run: run.id, name },
      {
        onSuccess: (deployment) =>
          void navigate({
            to: "/p/$projectId/deploy/$slug",
            params: { projectId: run.project.id, slug: deployment.slug },
          }),
      },
    );
  };
  return (
    <form className="form" onSubmit={submit} data-testid="deploy-form" aria-label={t("deploy.action")}>
      <p className="sm t2">{t("deploy.about")}</p>
      <TextField
        label={t("deploy.name")}
        required
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.target.value)}
        data-autofocus
      />
      <Problem error={create.error} />
      <Button type="submit" variant="primary" icon="deploy" disabled={create.isPending} data-testid="deploy-start">
        {t("deploy.start")}
      </Button>
    </form>
  );
}
