import { useTranslation } from "react-i18next";
import { formatMilliseconds } from "../../ui/milliseconds";
import { formatShare } from "../../ui/numbers";
import type { Answer, Prediction } from "../api";

/** So many classes are shown, the likeliest first. */
const SHOWN_CLASSES = 10;

/** What the deployment answered, an output after the other. */
export function Predictions({ answer }: { answer: Answer }) {
  const { t } = useTranslation("deployments");
  const outputs = Object.entries(answer.predictions[0] ?? {});
  return (
    <div className="predictions" data-testid="predictions" aria-live="polite">
      {outputs.map(([name, prediction]) => (
        <div key={name}>
          <div className="row between prediction-head">
            <span className="fig trunc" data-testid="prediction">
              {said(prediction)}
            </span>
            <span className="xs t3">
              {outputs.length > 1 && `${name}, `}
              {formatMilliseconds(answer.latency_ms)}, {t("versionShort", { number: answer.version })}
            </span>
          </div>
          <Probabilities prediction={prediction} />
        </div>
      ))}
    </div>
  );
}

function said(prediction: Prediction): string {
  if (prediction === null) return "–";
  if (Array.isArray(prediction)) return `[${prediction.map(said).join(", ")}]`;
  if (typeof prediction === "number") return String(Number(prediction.toPrecision(6)));
  if ("text" in prediction) return prediction.text;
  return prediction.class === null ? "–" : String(prediction.class);
}

function Probabilities({ prediction }: { prediction: Prediction }) {
  if (prediction === null || typeof prediction === "number" || !("probabilities" in prediction)) return null;
  const classes = Object.entries(prediction.probabilities)
    .map(([name, share]) => ({ name, share: share ?? 0 }))
    .sort((a, b) => b.share - a.share)
    .slice(0, SHOWN_CLASSES);
  return (
    <ul className="probs">
      {classes.map(({ name, share }, place) => (
        <li key={name} className={place === 0 ? "top" : undefined}>
          <span className={place === 0 ? "trunc" : "trunc t2"} title={name}>
            {name}
          </span>
          <span className="b">
            <i style={{ width: `${(share * 100).toFixed(1)}%` }} />
          </span>
          <span className="num">{formatShare(share)}</span>
        </li>
      ))}
    </ul>
  );
}
