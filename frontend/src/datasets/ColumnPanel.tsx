import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { formatExact } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import { SelectField } from "../ui/SelectField";
import { type Column, type Kind, useChangeDataset, type Version } from "./api";
import { Bars } from "./Bars";
import { formatDay, formatValue } from "./values";

/** What a table's column may be read as; pictures stay pictures. */
const KINDS: readonly Kind[] = ["number", "category", "text", "date"];

interface ColumnPanelProps {
  datasetId: string;
  version: Version;
  column: Column;
  onChanged: () => void;
}

/** Statistics of one column, its kind to correct, and whether it is what the network predicts. */
export function ColumnPanel({ datasetId, version, column, onChanged }: ColumnPanelProps) {
  const { t } = useTranslation("datasets");
  const change = useChangeDataset(datasetId);
  const isTarget = version.target === column.name;
  const { histogram } = column;
  const write = column.kind === "date" ? formatDay : formatValue;
  return (
    <section className="card" data-testid="column-panel">
      <header>
        <h2 className="trunc">{column.name}</h2>
        <span className="grow" />
        {(isTarget || column.kind === "number" || column.kind === "category") && (
          <Button
            variant="ghost"
            size="sm"
            disabled={change.isPending}
            onClick={() => change.mutate({ target: isTarget ? null : column.name }, { onSuccess: onChanged })}
            data-testid="use-as-target"
          >
            {isTarget ? t("column.noTarget") : t("column.useAsTarget")}
          </Button>
        )}
      </header>
      <div className="body column-body">
        {histogram && (
          <div>
            <Bars counts={histogram.counts} width={326} height={78} accent={isTarget} />
            <div className="row between xs t3">
              <span>{write(histogram.edges[0] ?? 0)}</span>
              <span>{write(histogram.edges[histogram.edges.length - 1] ?? 0)}</span>
            </div>
          </div>
        )}
        <dl>
          {statistics(column).map(([name, value]) => (
            <div className="kvr" key={name}>
              <dt>{t(`column.${name}`)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {column.kind !== "image" && (
          <div className="column-kind">
            <SelectField
              label={t("column.kind")}
              value={column.kind}
              disabled={change.isPending}
              options={KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))}
              onChange={(kind) => change.mutate({ kinds: { [column.name]: kind as Kind } }, { onSuccess: onChanged })}
              data-testid="column-kind"
            />
            <p className="xs t3">{t("column.newVersion")}</p>
          </div>
        )}
        <Problem error={change.error} />
      </div>
    </section>
  );
}

function statistics(column: Column): [name: string, value: string][] {
  const rows: [string, string][] = [];
  if (column.kind === "number" && column.mean != null && column.std != null) {
    rows.push(["mean", `${formatValue(column.mean)} ± ${formatValue(column.std)}`]);
  }
  if ((column.kind === "number" || column.kind === "date") && column.min != null && column.max != null) {
    const write = column.kind === "date" ? formatDay : formatValue;
    rows.push(["range", [column.min, column.median ?? column.min, column.max].map(write).join(", ")]);
  }
  if (column.kind === "category") rows.push(["classes", formatExact(column.num_classes ?? 0)]);
  if (column.kind === "text") {
    rows.push(["words", [column.min_words ?? 0, column.max_words ?? 0].map(formatExact).join(" – ")]);
    rows.push(["distinct", formatExact(column.num_distinct ?? 0)]);
  }
  if (column.kind === "image") rows.push(["size", `${column.height} × ${column.width} × ${column.channels}`]);
  rows.push(["missing", formatExact(column.missing)]);
  return rows;
}
