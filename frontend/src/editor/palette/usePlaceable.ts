import { useMemo } from "react";
import type { LayerForm } from "../../graph/catalogue";
import { useDocument, useEditor } from "../state/context";
import { placeable } from "./search";

/** What can be placed in the open graph; the same list until blocks change or another graph is open. */
export function usePlaceable(): LayerForm[] {
  const catalogue = useEditor((editor) => editor.catalogue);
  const layers = useEditor((editor) => editor.layers);
  const graph = useDocument();
  const { blocks, inside } = graph;
  // biome-ignore lint/correctness/useExhaustiveDependencies: nodes and wires do not matter for what can be placed
  return useMemo(() => placeable(catalogue, layers, graph), [catalogue, layers, blocks, inside?.names.join("/")]);
}
