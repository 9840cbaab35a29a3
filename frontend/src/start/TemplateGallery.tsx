import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { formatExact } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { Segmented } from "../ui/Segmented";
import { SelectField } from "../ui/SelectField";
import { type Template, templatesQuery } from "./api";
import { Reached } from "./Reached";
import { Strip } from "./Strip";
import { useOpenTemplate } from "./useOpenTemplate";

type Filter = Template["kind"] | "all";

const ICONS: Record<Template["kind"], string> = {
  image: "image",
  table: "table",
  text: "text",
  series: "chart",
  pairs: "fork",
};

/** Known architectures to begin with: some bring a sample along, others wait for the person's own data. */
export function TemplateGallery() {
  const { t } = useTranslation("start");
  const templates = (useQuery(templatesQuery).data ?? []).filter((template) => !template.at_once);
  const [filter, setFilter] = useState<Filter>("all");
  const { open, isPending, error } = useOpenTemplate();
  const kinds = [...new Set(templates.map((template) => template.kind))];
  const shown = templates.filter((template) => filter === "all" || template.kind === filter);
  if (templates.length === 0) return null;
  return (
    <section aria-labelledby="templates">
      <div className="sechead">
        <h2 id="templates">{t("templates.title")}</h2>
        <span className="xs t3">{t("templates.about")}</span>
        <span className="grow" />
        <Segmented<Filter>
          label={t("templates.filter")}
          value={filter}
          segments={[
            { value: "all", label: t("templates.all") },
            ...kinds.map((kind) => ({ value: kind, label: t(`templates.kinds.${kind}`) })),
          ]}
          onChange={setFilter}
          testId="template-kinds"
        />
      </div>
      <Problem error={error} />
      <div className="template-list" data-testid="templates">
        {shown.map((template) => (
          <TemplateCard
            key={template.id}
            template={template}
            busy={isPending}
            onOpen={(size) => open(template, size)}
          />
        ))}
      </div>
    </section>
  );
}

interface CardProps {
  template: Template;
  busy: boolean;
  onOpen: (size: number | null) => void;
}

function TemplateCard({ template, busy, onOpen }: CardProps) {
  const { t } = useTranslation("start");
  const [size, setSize] = useState(template.size);
  return (
    <article className="template" data-testid={`template-${template.id}`}>
      <div className="row between">
        <h3>{template.title}</h3>
        <Button
          size="sm"
          disabled={busy}
          onClick={() => onOpen(size)}
          aria-label={t("samples.openNamed", { name: template.title })}
          data-testid={`open-${template.id}`}
        >
          {t("samples.open")}
        </Button>
      </div>
      <Strip families={template.strip} />
      <p className="t2 sm">{template.summary}</p>
      {template.sizes.length > 0 && (
        <SelectField
          label={t("templates.size")}
          labelHidden
          data-testid={`size-of-${template.id}`}
          value={String(size)}
          options={template.sizes.map(({ size, num_parameters }) => ({
            value: String(size),
            label: t("templates.sizeOf", { size, weights: formatExact(num_parameters) }),
          }))}
          onChange={(chosen) => setSize(Number(chosen))}
        />
      )}
      <p className="row xs t3">
        <Icon name={ICONS[template.kind]} size={14} />
        {t(`templates.tasks.${template.task}`)}
        <span>·</span>
        {template.sample ? t("templates.withData") : t("templates.ownData")}
      </p>
      {template.score && <Reached score={template.score} />}
    </article>
  );
}
