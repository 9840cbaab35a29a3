import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { createProject } from "../api/projects";
import { Button } from "../ui/Button";
import { ConfirmButton } from "../ui/ConfirmButton";
import { Problem } from "../ui/Problem";
import { ErrorState, Skeleton } from "../ui/States";
import { useTitle } from "../ui/useTitle";
import { datasetQuery, useDeleteDataset } from "./api";
import { DatasetView } from "./DatasetView";
import "./datasets.css";

/** One data set, outside of any project. */
export function DatasetPage() {
  const { t } = useTranslation("datasets");
  const { datasetId } = useParams({ from: "/datasets/$datasetId" });
  const { data: dataset, error, refetch } = useQuery(datasetQuery(datasetId));
  useTitle(dataset?.name);
  if (error) {
    return (
      <main className="main">
        <ErrorState error={error} title={t("loadFailed")} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (!dataset) {
    return (
      <main className="main">
        <Skeleton height={64} />
      </main>
    );
  }
  return (
    <DatasetView
      key={dataset.id}
      dataset={dataset}
      actions={(version) => (
        <>
          <DeleteButton id={dataset.id} name={dataset.name} />
          {version.status === "ready" && <UseButton name={dataset.name} versionId={version.id} />}
        </>
      )}
    />
  );
}

/** Starts a project on this version of the data set. */
function UseButton({ name, versionId }: { name: string; versionId: string }) {
  const { t } = useTranslation("datasets");
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => createProject({ name: name.slice(0, 100), dataset_version: versionId }),
    onSuccess: (project) => void navigate({ to: "/p/$projectId/build", params: { projectId: project.id } }),
  });
  return (
    <>
      <Problem error={create.error} />
      <Button
        variant="primary"
        icon="tidy"
        disabled={create.isPending}
        onClick={() => create.mutate()}
        data-testid="use-dataset"
      >
        {t("use")}
      </Button>
    </>
  );
}

function DeleteButton({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation("datasets");
  const navigate = useNavigate();
  const remove = useDeleteDataset(id);
  return (
    <>
      <Problem error={remove.error} />
      <ConfirmButton
        variant="ghost"
        question={t("delete.question", { name })}
        confirm={t("ui:actions.delete")}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => void navigate({ to: "/datasets" }) })}
      >
        {t("ui:actions.delete")}
      </ConfirmButton>
    </>
  );
}
