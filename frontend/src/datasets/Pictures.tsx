import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { type Column, rowsQuery, type Version } from "./api";

const SHOWN = 64;

/** Pictures of the training split, with what each is. */
export function Pictures({ datasetId, version, column }: { datasetId: string; version: Version; column: Column }) {
  const { t } = useTranslation("datasets");
  const [offset, setOffset] = useState(0);
  const rows = useQuery(rowsQuery(datasetId, version.number, "train", offset, SHOWN)).data?.results ?? [];
  const total = version.splits?.train ?? 0;
  return (
    <section className="card">
      <header>
        <h2>{t("pictures.title")}</h2>
        <span className="xs t3">{column.name}</span>
        <span className="grow" />
        <span className="xs t3">
          {column.height}×{column.width}, {t(column.channels === 1 ? "grey" : "color")}
        </span>
        <Button
          variant="ghost"
          size="sm"
          icon="right"
          disabled={offset + SHOWN >= total}
          onClick={() => setOffset(offset + SHOWN)}
        >
          {t("pictures.others")}
        </Button>
      </header>
      <div className="body">
        <div className="gal">
          {rows.map((row) => {
            const what = version.target ? String(row.values[version.target]) : "";
            return (
              <img
                key={row.index}
                className="px"
                width={56}
                height={56}
                loading="lazy"
                src={String(row.values[column.name])}
                alt={what}
                title={what}
              />
            );
          })}
        </div>
      </div>
    </section>
  );
}
