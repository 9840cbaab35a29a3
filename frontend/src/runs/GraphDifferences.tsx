import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { request } from "../api/client";
import { Problem } from "../ui/Problem";
import type { Run } from "./api";
import { ChangeList } from "./ChangeList";
import { chartColor } from "./RunsTable";

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
