import i18next, { type BackendModule, type ResourceKey } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", zh: "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

/** A file of texts for each language and area, fetched when a page first needs it. */
const files = import.meta.glob<{ default: ResourceKey }>("./locales/*/*.json");

const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read(language, area, done) {
    const load = files[`./locales/${language}/${area}.json`];
    if (!load) return done(new Error(`no texts for ${language}/${area}`), null);
    load().then(
      (file) => done(null, file.default),
      (error) => done(error, null),
    );
  },
};

const STORED = "layerloom.language";

function firstLanguage(): Language {
  const wanted = localStorage.getItem(STORED) ?? navigator.language;
  return wanted.startsWith("zh") ? "zh" : "en";
}

/** Switches every text at once and remembers the choice. */
export async function setLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language);
  await i18next.changeLanguage(language);
}

export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  });
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: firstLanguage(),
      supportedLngs: Object.keys(LANGUAGES),
      fallbackLng: false,
      ns: ["ui"],
      defaultNS: "ui",
      interpolation: { escapeValue: false },
    });
}
