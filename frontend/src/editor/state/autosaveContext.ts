import { createContext, useContext } from "react";
import type { Autosave } from "./autosave";

export const AutosaveContext = createContext<Autosave | null>(null);

export function useAutosave(): Autosave {
  const autosave = useContext(AutosaveContext);
  if (!autosave) throw new Error("useAutosave outside of the editor");
  return autosave;
}
