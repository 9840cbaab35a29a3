import { create } from "zustand";

export type ThemeChoice = "light" | "dark" | "system";

const STORED = "layerloom.theme";
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

function resolve(choice: ThemeChoice): "light" | "dark" {
  if (choice !== "system") return choice;
  return prefersDark.matches ? "dark" : "light";
}

interface Appearance {
  choice: ThemeChoice;
  scheme: "light" | "dark";
  choose: (choice: ThemeChoice) => void;
}

const stored = localStorage.getItem(STORED);
const first: ThemeChoice = stored === "light" || stored === "dark" ? stored : "system";

/** Light or dark: what the person chose, and what that is at present. */
export const useAppearance = create<Appearance>((set) => ({
  choice: first,
  scheme: resolve(first),
  choose: (choice) => {
    localStorage.setItem(STORED, choice);
    set({ choice, scheme: resolve(choice) });
  },
}));

/** Keeps `<html data-theme>` at the chosen scheme, following the system's while that is the choice. */
export function followAppearance(): void {
  const apply = () => {
    document.documentElement.dataset.theme = useAppearance.getState().scheme;
  };
  useAppearance.subscribe(apply);
  prefersDark.addEventListener("change", () => {
    const { choice } = useAppearance.getState();
    useAppearance.setState({ scheme: resolve(choice) });
  });
  apply();
}
