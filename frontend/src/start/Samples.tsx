import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Sample, samplesQuery } from "../datasets/api";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { formatBytes, formatExact } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { ErrorState, Skeleton } from "../ui/States";
import { type Template, templatesQuery } from "./api";
import { PREVIEWS } from "./previews";
import { Reached } from "./Reached";
import { Tower } from "./Strip";
import { useOpenTemplate } from "./useOpenTemplate";

/** One of each kind of data comes first; the others are a click away. */
const FIRST = ["fashion-mnist-dense", "iris", "text-mean"];

/** The projects that come along, to open and train. */
export function Samples() {
  const { t } = useTranslation("start");
  const templates = useQuery(templatesQuery);
  const samples = useQuery(samplesQuery).data?.results ?? [];
  const [all, setAll] = useState(false);
  const { open, isPending, error } = useOpenTemplate();
  const known = (templates.data ?? []).filter((template) => template.at_once);
  const first = FIRST.map((id) => known.find((template) => template.id === id)).filter((own) => own !== undefined);
  const others = known.filter((template) => !FIRST.includes(template.id));
  return (
    <section aria-labelledby="samples">
      <div className="sechead">
        <h2 id="samples">{t("samples.title")}</h2>
        <span className="xs t3">{t("samples.about")}</span>
        <span className="grow" />
        {others.length > 0 && (
          <button
            type="button"
            className="link-button sm"
            aria-expanded={all}
            onClick={() => setAll(!all)}
            data-testid="more-samples"
          >
            {all ? t("samples.fewer") : t("samples.more", { count: others.length })}
          </button>
        )}
      </div>
      {templates.error && <ErrorState error={templates.error} onRetry={() => void templates.refetch()} />}
      <Problem error={error} />
      <div className="cards3">
        {templates.isPending && <Skeleton height={240} />}
        {[...first, ...(all ? others : [])].map((template, place) => (
          <SampleCard
            key={template.id}
            template={template}
            sample={samples.find((own) => own.id === template.sample)}
            isFirst={place === 0}
            busy={isPending}
            onOpen={() => open(template)}
          />
        ))}
      </div>
    </section>
  );
}

interface SampleCardProps {
  template: Template;
  sample: Sample | undefined;
  isFirst: boolean;
  busy: boolean;
  onOpen: () => void;
}

function SampleCard({ template, sample, isFirst, busy, onOpen }: SampleCardProps) {
  const { t } = useTranslation("start");
  return (
    <article className="sample" data-testid={`template-${template.id}`}>
      <div className="th" aria-hidden="true">
        <DataGlance sample={template.sample} kind={template.kind} />
        <Tower families={template.strip} />
      </div>
      <div className="tx">
        <div className="row between">
          <h3>{template.title}</h3>
          <Button
            variant={isFirst ? "primary" : undefined}
            disabled={busy}
            onClick={onOpen}
            aria-label={t("samples.openNamed", { name: template.title })}
            data-testid={`open-${template.id}`}
          >
            {t("samples.open")}
          </Button>
        </div>
        <p className="t2 sm">{template.summary}</p>
        {sample && (
          <p className="row xs t3">
            <Icon name={template.kind} size={14} />
            {t(`samples.${template.kind}`, { count: sample.num_rows, rows: formatExact(sample.num_rows) })}
            {!sample.here && (
              <>
                <span>·</span>
                <Icon name="download" size={14} />
                {t("samples.download", { size: formatBytes(sample.download_bytes) })}
              </>
            )}
          </p>
        )}
        {template.score && <Reached score={template.score} />}
      </div>
    </article>
  );
}

function DataGlance({ sample, kind }: { sample: string | null; kind: Template["kind"] }) {
  const preview = sample === null ? undefined : PREVIEWS[sample];
  if (!preview) {
    return (
      <div className="in">
        <Icon name={kind} size={24} className="t3" />
      </div>
    );
  }
  if ("pictures" in preview) {
    return (
      <div className="in glance-pictures">
        {preview.pictures.map((picture) => (
          <img key={picture} className="px" alt="" width={36} height={36} src={`data:image/png;base64,${picture}`} />
        ))}
      </div>
    );
  }
  return (
    <table className="in glance-table xs">
      <thead>
        <tr>
          {preview.columns.map((column) => (
            <th key={column}>{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {preview.rows.map((row) => (
          <tr key={row.join()}>
            {row.map((value, place) => (
              <td key={preview.columns[place]}>
                <span className="trunc">{value}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
