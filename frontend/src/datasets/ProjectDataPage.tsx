import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { bindDataset, projectQuery } from "../api/projects";
import { Button } from "../ui/Button";
import { Problem } from "../ui/Problem";
import { SelectField } from "../ui/SelectField";
import { ErrorState, Skeleton } from "../ui/States";
import { useTitle } from "../ui/useTitle";
import { datasetQuery, datasetsQuery, samplesQuery, useTakeSample, type Version } from "./api";
import { DatasetView } from "./DatasetView";
import { UploadField } from "./UploadField";
import "./datasets.css";

/** The data set that a project trains on, or the choice of one. */
export function ProjectDataPage() {
  const { t } = useTranslation("datasets");
  const { projectId } = useParams({ from: "/p/$projectId/data" });
  const project = useQuery(projectQuery(projectId));
  useTitle(t("title"));
  if (project.error) {
    return (
      <main className="main">
        <ErrorState error={project.error} onRetry={() => void project.refetch()} />
      </main>
    );
  }
  if (!project.data) {
    return (
      <main className="main">
        <Skeleton height={64} />
      </main>
    );
  }
  const bound = project.data.dataset;
  return bound ? (
    <BoundData projectId={projectId} datasetId={bound.id} number={bound.number} />
  ) : (
    <ChooseData projectId={projectId} />
  );
}

function useBind(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (versionId: string) => bindDataset(projectId, versionId),
    onSuccess: () => client.invalidateQueries({ queryKey: ["projects"] }),
  });
}

function BoundData({ projectId, datasetId, number }: { projectId: string; datasetId: string; number: number }) {
  const { t } = useTranslation("datasets");
  const { data: dataset, error } = useQuery(datasetQuery(datasetId));
  const bind = useBind(projectId);
  if (error) return <ErrorState error={error} title={t("loadFailed")} />;
  if (!dataset) return <main className="main" />;
  const actions = (version: Version) => (
    <>
      <Problem error={bind.error} />
      <OtherData projectId={projectId} datasetId={datasetId} />
      {version.number === number ? (
        <span className="chip">{t("project.used")}</span>
      ) : (
        version.status === "ready" && (
          <Button variant="primary" onClick={() => bind.mutate(version.id)} data-testid="use-version">
            {t("project.useVersion", { number: version.number })}
          </Button>
        )
      )}
    </>
  );
  return <DatasetView key={dataset.id} dataset={dataset} firstNumber={number} actions={actions} />;
}

/** Binds the project to the newest version of another data set. */
function OtherData({ projectId, datasetId }: { projectId: string; datasetId: string }) {
  const { t } = useTranslation("datasets");
  const datasets = useQuery(datasetsQuery).data?.results ?? [];
  const bind = useBind(projectId);
  const ready = datasets.filter((dataset) => dataset.version.status === "ready" || dataset.id === datasetId);
  if (ready.length < 2) return null;
  return (
    <SelectField
      label={t("project.change")}
      labelHidden
      value={datasetId}
      options={ready.map((dataset) => ({ value: dataset.id, label: dataset.name }))}
      onChange={(id) => {
        const chosen = ready.find((dataset) => dataset.id === id);
        if (chosen) bind.mutate(chosen.version.id);
      }}
    />
  );
}

function ChooseData({ projectId }: { projectId: string }) {
  const { t } = useTranslation("datasets");
  const datasets = useQuery(datasetsQuery).data?.results.filter((dataset) => dataset.version.status !== "failed") ?? [];
  const samples = useQuery(samplesQuery).data?.results ?? [];
  const bind = useBind(projectId);
  const take = useTakeSample();
  return (
    <main className="page-body">
      <div className="datasets">
        <h1>{t("project.choose")}</h1>
        <p className="t2">{t("project.chooseAbout")}</p>
        <UploadField title={t("upload.title")} onDone={(dataset) => bind.mutate(dataset.version.id)}>
          {t("upload.about")}
        </UploadField>
        <Problem error={bind.error ?? take.error} />
        <div className="choices">
          {datasets.map((dataset) => (
            <Button key={dataset.id} icon="db" onClick={() => bind.mutate(dataset.version.id)}>
              {dataset.name}
            </Button>
          ))}
          {samples
            .filter((sample) => sample.dataset === null)
            .map((sample) => (
              <Button
                key={sample.id}
                icon={sample.kind}
                onClick={() => take.mutate(sample.id, { onSuccess: (dataset) => bind.mutate(dataset.version.id) })}
              >
                {sample.title}
              </Button>
            ))}
        </div>
      </div>
    </main>
  );
}
