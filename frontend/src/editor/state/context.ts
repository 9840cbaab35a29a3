import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { GraphDocument } from "../../graph/document";
import { type EditorState, type EditorStore, graphHere } from "./store";

export const EditorContext = createContext<EditorStore | null>(null);

export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error("useEditorStore outside of the editor");
  return store;
}

export function useEditor<T>(selector: (state: EditorState) => T): T {
  return useStore(useEditorStore(), selector);
}

/** The graph that is open. */
export function useDocument(): GraphDocument {
  return useEditor(graphHere);
}
