import i18next from "i18next";
import { initReactI18next } from "react-i18next";

/** jsdom lacks what the browser has; only what the product needs at import. */
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;

/** Texts are their keys, so that a test does not depend on the wording. */
await i18next.use(initReactI18next).init({ lng: "en", resources: {} });
