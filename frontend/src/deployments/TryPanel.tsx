import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Problem } from "../ui/Problem";
import { ErrorState } from "../ui/States";
import { columnsQuery, type Instance, samplesQuery, tryOut } from "./api";
import { GenerateTrial } from "./try/GenerateTrial";
import { ImageTrial } from "./try/ImageTrial";
import { Predictions } from "./try/Predictions";
import { RowTrial } from "./try/RowTrial";
import { isGenerating, isImageSchema } from "./try/values";

/** Asks the deployment from the page: a drawing, an upload or a sample for a picture, a form for a row. */
export function TryPanel({ slug, version }: { slug: string; version: number }) {
  const { t } = useTranslation("deployments");
  const columns = useQuery(columnsQuery(slug, version));
  const samples = useQuery(samplesQuery(slug, version)).data ?? [];
  const trial = useMutation({ mutationFn: (instance: Instance) => tryOut(slug, instance) });
  const names = Object.keys(columns.data ?? {});
  const only = names[0];
  const rest = (
    <>
      <Problem error={trial.error} />
      {trial.variables && (
        <details className="xs">
          <summary>{t("try.request")}</summary>
          <pre className="mono snippet">{JSON.stringify({ instances: [trial.variables] }, null, 1)}</pre>
        </details>
      )}
    </>
  );
  const answer = (
    <div className="trial-answer">
      {trial.data && !trial.error && <Predictions answer={trial.data} />}
      {!trial.data && !trial.error && <p className="sm t3">{t("try.waiting")}</p>}
      {rest}
    </div>
  );
  if (columns.data && isGenerating(columns.data)) {
    return (
      <section className="card" data-testid="try">
        <GenerateTrial
          columns={columns.data}
          pending={trial.isPending}
          asked={trial.variables}
          answer={trial.error ? undefined : trial.data}
          onInstance={trial.mutate}
        >
          <div className="trial-answer">{rest}</div>
        </GenerateTrial>
      </section>
    );
  }
  if (columns.error) return <ErrorState error={columns.error} onRetry={() => void columns.refetch()} />;
  return (
    <section className="card" data-testid="try">
      {columns.data && names.length === 1 && only !== undefined && isImageSchema(columns.data[only]) ? (
        <ImageTrial column={only} samples={samples} onInstance={trial.mutate} onNothing={trial.reset} answer={answer} />
      ) : (
        columns.data && (
          <RowTrial
            columns={columns.data}
            samples={samples}
            pending={trial.isPending}
            onInstance={trial.mutate}
            answer={answer}
          />
        )
      )}
    </section>
  );
}
