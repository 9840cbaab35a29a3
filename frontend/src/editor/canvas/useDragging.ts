import type { NodeChange } from "@xyflow/react";
import { useMemo } from "react";
import type { Point } from "../../graph/document";
import { dropOnEdge, moveNodes } from "../../graph/edits";
import { align, NODE_HEIGHT, NODE_WIDTH, snap } from "../../graph/geometry";
import { isNear } from "../../graph/route";
import { useEditorStore } from "../state/context";
import { type EditorStore, graphHere } from "../state/store";
import type { FlowCache, FlowNode } from "./flow";
import { useHover } from "./hover";

/** World coordinates of the helper lines; null where nothing lines up. */
export interface Lines {
  x: number | null;
  y: number | null;
}

const NO_LINES: Lines = { x: null, y: null };
const REACH = 20;

/** Moving cards: the document changes once, when they are let go. A card without wires that is let go on a wire is put into it. */
export function useDragging(cache: FlowCache, setLines: (lines: Lines) => void) {
  const store = useEditorStore();
  return useMemo(() => draggingIn(store, cache, setLines), [store, cache, setLines]);
}

function draggingIn(store: EditorStore, cache: FlowCache, setLines: (lines: Lines) => void) {
  function wireUnder(id: string, [x, y]: Point): string | null {
    const { edges: wires } = graphHere(store.getState());
    if (wires.some((edge) => edge.source === id || edge.target === id)) return null;
    const middle = { x: x + NODE_WIDTH / 2, y: y + NODE_HEIGHT / 2 };
    return cache.wires.find((edge) => isNear(edge.data!.spots, middle, REACH))?.id ?? null;
  }

  const onChanges = (changes: NodeChange<FlowNode>[]) => {
    const moves = changes.filter((change) => change.type === "position" && change.dragging && change.position);
    if (moves.length === 0) return;
    const { drag } = store.getState();
    const next = new Map(drag);
    for (const move of moves) {
      if (move.type !== "position" || !move.position) continue;
      next.set(move.id, [snap(move.position.x), snap(move.position.y)]);
    }
    const [only] = moves;
    if (moves.length === 1 && only?.type === "position" && only.position) {
      const others = graphHere(store.getState()).nodes.filter((node) => node.id !== only.id);
      const placed = align(others, [only.position.x, only.position.y]);
      next.set(only.id, placed.position);
      setLines({ x: placed.x, y: placed.y });
      useHover.getState().dropOn(wireUnder(only.id, placed.position));
    }
    store.setState({ drag: next });
  };

  const onStop = () => {
    const { drag, layers, edit } = store.getState();
    setLines(NO_LINES);
    useHover.getState().dropOn(null);
    if (!drag) return;
    const moved = moveNodes(graphHere(store.getState()), drag);
    const [first] = drag;
    const wire = drag.size === 1 && first ? wireUnder(first[0], first[1]) : null;
    store.setState({ drag: null });
    edit(wire && first ? dropOnEdge(moved, layers, first[0], wire) : moved);
  };

  return { onChanges, onStop };
}
