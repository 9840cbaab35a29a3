import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { request } from "../api/client";
import { type Change, changesOf, fieldName, type GraphDiff } from "../graph/changes";
import { Badge } from "../ui/Badge";
import { Problem } from "../ui/Problem";
import type { Run } from "./api";
import { chartColor } from "./RunsTable";

const TONES = { added: "ok", removed: "bad", changed: "warn", rewired: undefined } as const;

/** What the graph of each run has that the first one's has not, and the other way round. */
export function GraphDifferences({ runs }: { runs: Run[] }) {
  const { t } = useTranslation("runs");
  const [first, ...others] = runs;
  const loaded = useQueries({
    queries: others.map((run) => ({
      queryKey: ["runs", first?.id, "diff", run.id],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const options = { path: { id: first?.id ?? "" }, query: { against: run.id }, signal };
        return (await request("GET", "/api/v1/runs/{id}/diff/", options)).graph;
      },
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  if (!first || others.length === 0) return null;
  const nameOf = (run: Run) => run.name || t("run", { number: run.number });
  return (
    <section className="card" data-testid="graph-differences">
      <header>
        <h2>{t("graphDiff.title")}</h2>
      </header>
      <div className="body graph-differences">
        {others.map((run, place) => (
          <div key={run.id}>
            <h3 className="row">
              <i className="swatch" style={{ background: `var(${chartColor(place + 1)})` }} />
              {t("graphDiff.runAgainst", { run: nameOf(run), first: nameOf(first) })}
            </h3>
            <Problem error={loaded[place]?.error} />
            {loaded[place]?.data && <ChangeList diff={loaded[place].data} />}
          </div>
        ))}
      </div>
    </section>
  );
}

/** A difference as a plain list. */
export function ChangeList({ diff }: { diff: GraphDiff }) {
  const { t } = useTranslation("runs");
  const changes = changesOf(diff);
  if (changes.length === 0) return <p className="sm t2">{t("graphDiff.same")}</p>;
  return (
    <ul className="changes">
      {changes.map((change) => (
        <li key={change.key} className="sm">
          <Badge tone={TONES[change.kind]}>{t(`graphDiff.${change.kind}`)}</Badge> <ChangeLine change={change} />
        </li>
      ))}
    </ul>
  );
}

function ChangeLine({ change }: { change: Change }) {
  const { t } = useTranslation("runs");
  if (change.wire) {
    const wire = `${change.wire.source} → ${change.wire.target}`;
    return change.wire.removed ? <del className="t3">{wire}</del> : wire;
  }
  return (
    <>
      <span className="med">{change.isBlock ? t("graphDiff.block", { name: change.name }) : change.name}</span>{" "}
      {change.type && <span className="mono xs t3">{change.type}</span>}
      {change.fields?.map(({ field, before, after }) => (
        <span key={field} className="change-field mono xs">
          <span className="t2">{fieldName(field)}</span> {`${written(before)} → ${written(after)}`}
        </span>
      ))}
    </>
  );

  function written(value: unknown): string {
    if (value === null || value === undefined) return t("graphDiff.nothing");
    return typeof value === "string" ? value : JSON.stringify(value);
  }
}
