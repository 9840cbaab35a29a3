import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { formatBytes, formatExact } from "../ui/numbers";
import { SelectField } from "../ui/SelectField";
import { type Dataset, type Version, versionQuery, versionsQuery } from "./api";
import { ClassesPanel } from "./ClassesPanel";
import { ColumnPanel } from "./ColumnPanel";
import { Pictures } from "./Pictures";
import { RowsPanel } from "./RowsPanel";
import { SplitsPanel } from "./SplitsPanel";
import { VersionState } from "./VersionState";

interface DatasetViewProps {
  dataset: Dataset;
  /** The version shown first; the newest unless given. */
  firstNumber?: number;
  /** Controls at the right of the head. */
  actions: (version: Version) => ReactNode;
}

/** A version of a data set: rows, splits, classes, statistics, pictures; corrections make the next version. */
export function DatasetView({ dataset, firstNumber, actions }: DatasetViewProps) {
  const [chosen, setChosen] = useState<number | null>(firstNumber ?? null);
  const number = chosen ?? dataset.version.number;
  const other = useQuery({ ...versionQuery(dataset.id, number), enabled: number !== dataset.version.number });
  const version = number === dataset.version.number ? dataset.version : other.data;
  return (
    <div className="dataset-page">
      <DatasetHead dataset={dataset} number={number} version={version} onNumber={setChosen}>
        {version && actions(version)}
      </DatasetHead>
      {version && <DatasetBody dataset={dataset} version={version} onChanged={() => setChosen(null)} />}
    </div>
  );
}

interface DatasetHeadProps {
  dataset: Dataset;
  number: number;
  version: Version | undefined;
  onNumber: (number: number) => void;
  children: ReactNode;
}

function DatasetHead({ dataset, number, version, onNumber, children }: DatasetHeadProps) {
  const { t } = useTranslation("datasets");
  const versions = useQuery({ ...versionsQuery(dataset.id), enabled: dataset.num_versions > 1 }).data?.results ?? [];
  return (
    <div className="dataset-head">
      <div>
        <div className="row">
          <h1>{dataset.name}</h1>
          {versions.length > 1 ? (
            <SelectField
              label={t("versions.title")}
              labelHidden
              value={String(number)}
              options={versions.map((own) => ({
                value: String(own.number),
                label: t("versions.number", { number: own.number }),
              }))}
              onChange={(value) => onNumber(Number(value))}
              data-testid="dataset-version"
            />
          ) : (
            <span className="chip">{t("versions.number", { number })}</span>
          )}
          {version && (
            <span data-testid="dataset-status" data-status={version.status}>
              <VersionState version={version} />
            </span>
          )}
        </div>
        <div className="xs t3">{version?.status === "ready" && <Facts version={version} />}</div>
      </div>
      <span className="grow" />
      {children}
    </div>
  );
}

function Facts({ version }: { version: Version }) {
  const { t } = useTranslation("datasets");
  const rows = version.num_rows ?? 0;
  const leftOut = version.left_out.map((entry) =>
    t("leftOut", { count: entry.count, reason: t(`reasons.${entry.reason}`, entry.reason) }),
  );
  return (
    <>
      {[
        t("facts.rows", { count: rows, rows: formatExact(rows) }),
        t("facts.columns", { count: version.columns.length }),
        version.size_bytes ? formatBytes(version.size_bytes) : null,
        ...leftOut,
      ]
        .filter(Boolean)
        .join(" · ")}
    </>
  );
}

interface DatasetBodyProps {
  dataset: Dataset;
  version: Version;
  onChanged: () => void;
}

function DatasetBody({ dataset, version, onChanged }: DatasetBodyProps) {
  const [name, setName] = useState<string | null>(null);
  if (version.status === "ingesting") return <Ingesting version={version} />;
  if (version.status === "failed") return <IngestFailed version={version} />;
  const selected = version.columns.find((column) => column.name === (name ?? version.target)) ?? version.columns[0];
  const target = version.columns.find((column) => column.name === version.target);
  const pictures = version.columns.filter((column) => column.kind === "image");
  return (
    <main className="dataset-main">
      <div className="dataset-left">
        <RowsPanel
          key={version.id}
          datasetId={dataset.id}
          version={version}
          selected={selected?.name}
          onSelect={setName}
        />
        {pictures.map((column) => (
          <Pictures key={column.name} datasetId={dataset.id} version={version} column={column} />
        ))}
      </div>
      <div className="dataset-right">
        <SplitsPanel datasetId={dataset.id} version={version} onChanged={onChanged} />
        {target?.kind === "category" && <ClassesPanel column={target} />}
        {selected && (
          <ColumnPanel
            key={`${version.id} ${selected.name}`}
            datasetId={dataset.id}
            version={version}
            column={selected}
            onChanged={onChanged}
          />
        )}
      </div>
    </main>
  );
}

function Ingesting({ version }: { version: Version }) {
  const { t } = useTranslation("datasets");
  return (
    <main className="main dataset-waiting">
      <section className="card ingest-card" role="status" data-testid="ingesting">
        <p className="strong">{t("ingesting.title")}</p>
        <progress value={version.progress} max={1} aria-label={t("ingesting.title")} />
        <p className="sm t2">{t("ingesting.about")}</p>
      </section>
    </main>
  );
}

/** Why the file could not be read, as the server says it, with row and column where it knows them. */
function IngestFailed({ version }: { version: Version }) {
  const { t } = useTranslation("datasets");
  const { error } = version;
  return (
    <main className="main dataset-waiting">
      <section className="card failure" role="alert" data-testid="ingest-failed">
        <div className="row">
          <Icon name="error" className="bad" />
          <span className="strong">{error?.message}</span>
        </div>
        {error?.details
          .filter((detail) => detail.message !== error.message)
          .map((detail) => (
            <p key={detail.path + detail.code} className="sm t2">
              {detail.path && <code className="mono">{detail.path}: </code>}
              {detail.message}
            </p>
          ))}
        <p className="sm t2">{t("failed.kept")}</p>
        <code className="mono t3">{error?.code}</code>
      </section>
    </main>
  );
}
