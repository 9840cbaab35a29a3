import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { formatExact } from "../ui/numbers";
import { Segmented } from "../ui/Segmented";
import { ErrorState } from "../ui/States";
import { type Column, type Row, rowsQuery, type Split, type Version } from "./api";
import { ColumnHead } from "./ColumnHead";

const SPLITS: readonly Split[] = ["train", "val", "test"];
const PAGE_ROWS = 20;

interface RowsPanelProps {
  datasetId: string;
  version: Version;
  selected: string | undefined;
  onSelect: (column: string) => void;
}

/** The rows of a split, a page at a time; the heads say what each column holds. */
export function RowsPanel({ datasetId, version, selected, onSelect }: RowsPanelProps) {
  const { t } = useTranslation("datasets");
  const [split, setSplit] = useState<Split>("train");
  const [offset, setOffset] = useState(0);
  const { data, error, refetch } = useQuery(rowsQuery(datasetId, version.number, split, offset, PAGE_ROWS));
  const total = version.splits?.[split] ?? data?.num_rows ?? 0;
  const choose = (next: Split) => {
    setSplit(next);
    setOffset(0);
  };
  return (
    <section className="card rows-panel">
      <header>
        <h2>{t("rows.title")}</h2>
        <Segmented
          label={t("rows.split")}
          value={split}
          segments={SPLITS.map((value) => ({ value, label: t(`splits.${value}`) }))}
          onChange={choose}
        />
        <span className="grow" />
        <span className="sm t2">
          {t("rows.range", {
            from: formatExact(Math.min(offset + 1, total)),
            to: formatExact(Math.min(offset + PAGE_ROWS, total)),
            total: formatExact(total),
          })}
        </span>
        <Button
          variant="ghost"
          size="sm"
          icon="left"
          aria-label={t("rows.back")}
          disabled={offset === 0}
          onClick={() => setOffset(Math.max(0, offset - PAGE_ROWS))}
        />
        <Button
          variant="ghost"
          size="sm"
          icon="right"
          aria-label={t("rows.next")}
          disabled={offset + PAGE_ROWS >= total}
          onClick={() => setOffset(offset + PAGE_ROWS)}
        />
      </header>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      <div className="table-scroll">
        <table className="tbl dt" data-testid="rows">
          <thead>
            <tr>
              {version.columns.map((column) => (
                <ColumnHead
                  key={column.name}
                  column={column}
                  rows={data?.results ?? []}
                  isTarget={column.name === version.target}
                  isSelected={column.name === selected}
                  onSelect={() => onSelect(column.name)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {data?.results.map((row) => (
              <tr key={row.index}>
                {version.columns.map((column) => (
                  <Cell key={column.name} column={column} row={row} isTarget={column.name === version.target} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Cell({ column, row, isTarget }: { column: Column; row: Row; isTarget: boolean }) {
  const { t } = useTranslation("datasets");
  const value = row.values[column.name];
  const numeric = column.kind === "number" || column.kind === "date";
  const isText = column.kind === "text";
  const names = [numeric && "num", isText && "said", isTarget && "tgt"].filter(Boolean).join(" ");
  return (
    <td className={names || undefined}>
      {value === null || value === undefined ? (
        <span className="missing">{t("rows.missing")}</span>
      ) : column.kind === "image" ? (
        <img
          className="px"
          width={28}
          height={28}
          loading="lazy"
          src={String(value)}
          alt={t("rows.picture", { row: row.index })}
        />
      ) : isText ? (
        <TextCell text={String(value)} row={row.index} />
      ) : (
        <span className="cell-text trunc" title={String(value)}>
          {typeof value === "number" ? Number(value.toPrecision(7)) : String(value)}
        </span>
      )}
    </td>
  );
}

/** So many characters stand in a cell as they are; of a longer text the first lines do. */
const SHORT_TEXT = 160;

/** A text as it was written, in the direction that it is read in; a long one unfolds where it is clicked. */
function TextCell({ text, row }: { text: string; row: number }) {
  const { t } = useTranslation("datasets");
  const [open, setOpen] = useState(false);
  if (text.length <= SHORT_TEXT && !text.includes("\n")) {
    return (
      <span className="cell-said" dir="auto">
        {text}
      </span>
    );
  }
  return (
    <button
      type="button"
      className={open ? "cell-said whole" : "cell-said"}
      dir="auto"
      aria-expanded={open}
      title={open ? undefined : t("rows.unfold")}
      onClick={() => setOpen(!open)}
      data-testid={`text-${row}`}
    >
      {text}
    </button>
  );
}
