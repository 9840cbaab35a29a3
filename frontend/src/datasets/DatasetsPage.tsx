import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { formatBytes, formatExact } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { ErrorState } from "../ui/States";
import { formatWhen } from "../ui/times";
import { useTitle } from "../ui/useTitle";
import { type DatasetSummary, datasetsQuery, type Sample, samplesQuery, useTakeSample } from "./api";
import { UploadField } from "./UploadField";
import { VersionState } from "./VersionState";
import "./datasets.css";

/** The person's data sets, an upload, and the samples that come along. */
export function DatasetsPage() {
  const { t } = useTranslation("datasets");
  const navigate = useNavigate();
  const datasets = useQuery(datasetsQuery);
  const samples = useQuery(samplesQuery);
  useTitle(t("title"));
  const open = (id: string) => void navigate({ to: "/datasets/$datasetId", params: { datasetId: id } });
  return (
    <main className="page-body">
      <div className="datasets">
        <h1>{t("title")}</h1>
        <UploadField title={t("upload.title")} onDone={(dataset) => open(dataset.id)}>
          {t("upload.about")}
        </UploadField>
        {datasets.error && <ErrorState error={datasets.error} onRetry={() => void datasets.refetch()} />}
        {datasets.data && datasets.data.results.length > 0 && <DatasetTable datasets={datasets.data.results} />}
        <section>
          <h2 className="section-title">{t("samples.title")}</h2>
          {samples.error && <ErrorState error={samples.error} onRetry={() => void samples.refetch()} />}
          <SampleTable samples={samples.data?.results ?? []} onTaken={open} />
        </section>
      </div>
    </main>
  );
}

function DatasetTable({ datasets }: { datasets: DatasetSummary[] }) {
  const { t, i18n } = useTranslation("datasets");
  return (
    <section className="card">
      <table className="tbl" data-testid="datasets">
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("state")}</th>
            <th className="num">{t("rows.title")}</th>
            <th className="num">{t("size")}</th>
            <th className="num">{t("versions.title")}</th>
            <th className="num">{t("changed")}</th>
          </tr>
        </thead>
        <tbody>
          {datasets.map((dataset) => (
            <tr key={dataset.id}>
              <td>
                <Link className="med" to="/datasets/$datasetId" params={{ datasetId: dataset.id }}>
                  {dataset.name}
                </Link>
              </td>
              <td>
                <VersionState version={dataset.version} />
              </td>
              <td className="num">{dataset.version.num_rows === null ? "–" : formatExact(dataset.version.num_rows)}</td>
              <td className="num">{dataset.version.size_bytes ? formatBytes(dataset.version.size_bytes) : "–"}</td>
              <td className="num">{dataset.num_versions}</td>
              <td className="num t3">{formatWhen(dataset.updated_at, i18n.language as Language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SampleTable({ samples, onTaken }: { samples: Sample[]; onTaken: (datasetId: string) => void }) {
  const { t } = useTranslation("datasets");
  const take = useTakeSample();
  return (
    <div className="card">
      <Problem error={take.error} />
      <table className="tbl" data-testid="samples">
        <tbody>
          {samples.map((sample) => (
            <tr key={sample.id}>
              <td>
                <span className="row">
                  <Icon name={sample.kind} size={14} className="t3" />
                  <span className="med">{sample.title}</span>
                </span>
              </td>
              <td className="t2 sample-about">{sample.summary}</td>
              <td className="num">
                {formatExact(sample.num_rows)} <span className="t3">{t("rows.unit")}</span>
              </td>
              <td className="num t3">
                {sample.here ? t("samples.here") : t("samples.download", { size: formatBytes(sample.download_bytes) })}
              </td>
              <td className="num">
                <Button
                  size="sm"
                  disabled={take.isPending}
                  onClick={() => take.mutate(sample.id, { onSuccess: (dataset) => onTaken(dataset.id) })}
                  data-testid={`sample-${sample.id}`}
                >
                  {t("samples.open")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
