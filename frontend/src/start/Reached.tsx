import { useTranslation } from "react-i18next";
import { formatMetric, metricOf } from "../runs/metrics";
import { formatSeconds } from "../ui/numbers";
import type { Template } from "./api";

/** What a template's own run gave on the test rows, and how long a core works for it. */
export function Reached({ score }: { score: NonNullable<Template["score"]> }) {
  const { t } = useTranslation(["start", "runs"]);
  const { seconds } = score;
  const time = seconds < 60 || seconds >= 3600 ? formatSeconds(seconds) : `${Math.round(seconds / 60)} min`;
  const name = t(`runs:metrics.${metricOf(score.metric)}`, metricOf(score.metric));
  return (
    <p className="xs t3">
      {score.value === null
        ? t("templates.takes", { time })
        : t("templates.reaches", { name, value: formatMetric(score.metric, score.value), time })}
    </p>
  );
}
