import { useTranslation } from "react-i18next";
import type { RunConfig } from "../../runs/api";
import { isAsRecommended, type Settings } from "./config";

interface RecommendedProps {
  config: RunConfig;
  settings: Settings;
  onTake: (settings: Settings) => void;
}

/** Says whether the settings are those that the project's template recommends, and takes them back. */
export function Recommended({ config, settings, onTake }: RecommendedProps) {
  const { t } = useTranslation("editor");
  const same = isAsRecommended(config, settings);
  return (
    <p className="xs t3 recommended" role="status" data-testid="train-recommended">
      {t(same ? "train.recommended" : "train.notRecommended")}
      {!same && (
        <button type="button" className="link" onClick={() => onTake(settings)} data-testid="train-take-recommended">
          {t("train.takeRecommended")}
        </button>
      )}
    </p>
  );
}
