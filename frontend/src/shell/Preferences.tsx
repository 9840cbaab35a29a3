import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language, setLanguage } from "../i18n";
import { useAppearance } from "../ui/appearance";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";

/** The language and the theme. */
export function Preferences() {
  const { t, i18n } = useTranslation("ui");
  const { scheme, choose } = useAppearance();
  return (
    <div className="row preferences">
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="ghost" icon="globe" aria-label={t("language")} data-testid="language-menu" />
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.keys(LANGUAGES) as Language[]).map((language) => (
            <Menu.Item
              key={language}
              lang={language}
              onClick={() => void setLanguage(language)}
              rightSection={i18n.language === language && <Icon name="check" size={14} />}
              data-testid={`language-${language}`}
            >
              {LANGUAGES[language]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button
        variant="ghost"
        icon="moon"
        aria-label={scheme === "dark" ? t("theme.light") : t("theme.dark")}
        onClick={() => choose(scheme === "dark" ? "light" : "dark")}
        data-testid="theme-switch"
      />
    </div>
  );
}
