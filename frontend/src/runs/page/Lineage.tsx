import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Panel } from "../../ui/Panel";
import { lineageQuery, type RunDetail } from "../api";
import { branches } from "../lineage";
import { formatMetric } from "../metrics";

/** The tree of runs that this one belongs to: what it went on from, and what went on from that. */
export function Lineage({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const { data } = useQuery(lineageQuery(run.id));
  if (!data || data.length < 2) return run.carried ? <CarriedOver run={run} /> : null;
  return (
    <>
      <Panel title={t("lineage.title")} className="flush">
        <ul className="lineage" data-testid="lineage">
          {branches(data).map(({ run: one, depth }) => (
            <li key={one.id} style={{ paddingInlineStart: `${12 + 16 * depth}px` }}>
              <span className="row between">
                <Link
                  to="/p/$projectId/runs/$runId"
                  params={{ projectId: one.project, runId: one.id }}
                  aria-current={one.id === run.id ? "page" : undefined}
                  className={one.id === run.id ? "strong" : undefined}
                >
                  {one.name || t("run", { number: one.number })}
                </Link>
                <span className="num">{one.metric && formatMetric(one.metric, one.best)}</span>
              </span>
              <span className="xs t3">
                {t(`status.${one.status}`)}
                {one.parent_step !== null &&
                  ` · ${t(one.carry === "all" ? "lineage.fromAll" : "lineage.from", { step: one.parent_step })}`}
              </span>
            </li>
          ))}
        </ul>
      </Panel>
      <CarriedOver run={run} />
    </>
  );
}

/** What a run that began with other weights took over, and what began random. */
function CarriedOver({ run }: { run: RunDetail }) {
  const { t } = useTranslation("runs");
  const carried = run.carried;
  if (!carried) return null;
  const random = [...carried.fresh, ...carried.reshaped];
  return (
    <Panel title={t("carried.title")}>
      <p className="sm">{t("carried.taken", { count: carried.taken.length })}</p>
      <Names title={t("carried.random", { count: random.length })} names={random} />
      <Names title={t("carried.unused", { count: carried.unused.length })} names={carried.unused} />
    </Panel>
  );
}

function Names({ title, names }: { title: string; names: string[] }) {
  if (names.length === 0) return null;
  return (
    <details className="sm">
      <summary>{title}</summary>
      <p className="mono xs">{names.join(", ")}</p>
    </details>
  );
}
