import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language, setLanguage } from "../i18n";
import { type ThemeChoice, useAppearance } from "../ui/appearance";
import { Panel } from "../ui/Panel";
import { Segmented } from "../ui/Segmented";
import { useEditMe } from "./api";

/** What the server calls each language. */
const SERVER_LANGUAGES: Record<Language, string> = { en: "en", zh: "zh-hans" };
const THEMES: readonly ThemeChoice[] = ["light", "dark", "system"];

export function Preferences() {
  const { t, i18n } = useTranslation("account");
  const { choice, choose } = useAppearance();
  const edit = useEditMe();
  const changeLanguage = (language: Language) => {
    void setLanguage(language);
    edit.mutate({ language: SERVER_LANGUAGES[language] });
  };
  return (
    <Panel title={t("preferences.title")}>
      <div className="account-columns">
        <div className="preference">
          <span className="sm med">{t("preferences.language")}</span>
          <Segmented
            label={t("preferences.language")}
            value={i18n.language as Language}
            segments={(Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, label: LANGUAGES[value] }))}
            onChange={changeLanguage}
          />
        </div>
        <div className="preference">
          <span className="sm med">{t("preferences.theme")}</span>
          <Segmented
            label={t("preferences.theme")}
            value={choice}
            segments={THEMES.map((value) => ({ value, label: t(`preferences.themes.${value}`) }))}
            onChange={choose}
          />
        </div>
      </div>
    </Panel>
  );
}
