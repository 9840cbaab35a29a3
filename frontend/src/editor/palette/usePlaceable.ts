import { useMemo } from "react";
import type { LayerForm } from "../../graph/catalogue";
import { useEditor, useEditorStore } from "../state/context";
import { graphHere } from "../state/store";
import { placeable } from "./search";

/** What can be placed in the open graph; the same list until blocks change or another graph is open. */
export function usePlaceable(): LayerForm[] {
  const store = useEditorStore();
  const catalogue = useEditor((editor) => editor.catalogue);
  const layers = useEditor((editor) => editor.layers);
  const blocks = useEditor((editor) => graphHere(editor).blocks);
  const inside = useEditor((editor) => graphHere(editor).inside?.names.join("/"));
  // biome-ignore lint/correctness/useExhaustiveDependencies: nodes and wires do not matter for what can be placed
  return useMemo(() => placeable(catalogue, layers, graphHere(store.getState())), [catalogue, layers, blocks, inside]);
}
