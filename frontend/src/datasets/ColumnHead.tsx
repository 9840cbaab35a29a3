import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { formatExact, formatShare } from "../ui/numbers";
import type { Column, Row } from "./api";
import { Bars } from "./Bars";
import { formatDay, formatValue } from "./values";

interface ColumnHeadProps {
  column: Column;
  rows: readonly Row[];
  isTarget: boolean;
  isSelected: boolean;
  onSelect: () => void;
}

/** A column's kind, name and distribution; a click shows more of it. */
export function ColumnHead({ column, rows, isTarget, isSelected, onSelect }: ColumnHeadProps) {
  const { t } = useTranslation("datasets");
  return (
    <th className={isTarget ? "tgt" : undefined} aria-selected={isSelected}>
      <button type="button" className="column-head" onClick={onSelect} data-testid={`column-${column.name}`}>
        <span className="hd">
          <Icon name={column.kind} size={14} />
          <span className="trunc">{column.name}</span>
          {isTarget && <span className="chip acc">{t("target")}</span>}
        </span>
        <span className="column-picture">
          <Distribution column={column} rows={rows} isTarget={isTarget} />
        </span>
        <span className="xs t3">
          <Summary column={column} />
        </span>
      </button>
    </th>
  );
}

function Distribution({ column, rows, isTarget }: { column: Column; rows: readonly Row[]; isTarget: boolean }) {
  if (column.kind === "image") {
    return (
      <span className="row thumbs">
        {rows.slice(0, 3).map((row) => (
          <img key={row.index} className="px" width={28} height={28} src={String(row.values[column.name])} alt="" />
        ))}
      </span>
    );
  }
  const counts = column.histogram?.counts ?? column.counts?.slice(0, 40) ?? [];
  return <Bars counts={counts} width={104} height={28} accent={isTarget} />;
}

function Summary({ column }: { column: Column }) {
  const { t } = useTranslation("datasets");
  const parts: string[] = [];
  if (column.kind === "image")
    parts.push(`${column.height}×${column.width}, ${t(column.channels === 1 ? "grey" : "color")}`);
  if (column.kind === "category") parts.push(t("facts.classes", { count: column.num_classes ?? 0 }));
  if (column.kind === "number" && column.min != null && column.max != null) {
    parts.push(`${formatValue(column.min)} – ${formatValue(column.max)}`);
  }
  if (column.kind === "date" && column.min != null && column.max != null) {
    parts.push(`${formatDay(column.min)} – ${formatDay(column.max)}`);
  }
  if (column.kind === "text") {
    parts.push(t("facts.words", { from: formatExact(column.min_words ?? 0), to: formatExact(column.max_words ?? 0) }));
    parts.push(t("facts.distinct", { distinct: formatExact(column.num_distinct ?? 0) }));
  }
  if (column.missing > 0) parts.push(t("facts.missing", { missing: formatMissing(column) }));
  return <>{parts.join(", ")}</>;
}

/** How many values are missing: as a share where the histogram tells of how many. */
function formatMissing(column: Column): string {
  const present = column.histogram?.counts.reduce((sum, count) => sum + count, 0);
  return present ? formatShare(column.missing / (present + column.missing)) : formatExact(column.missing);
}
