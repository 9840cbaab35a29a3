import { useReactFlow } from "@xyflow/react";
import { type MouseEvent, type PointerEvent, useEffect, useRef } from "react";
import { findNode, type Point } from "../../graph/document";
import { NODE_HEIGHT, NODE_WIDTH } from "../../graph/geometry";
import { useEditorStore } from "../state/context";
import { graphHere } from "../state/store";
import { useView } from "../state/view";

/** The whole graph in view, clear of the controls. */
export const FIT = { maxZoom: 1, padding: { top: "56px", bottom: "64px", left: "24px", right: "24px" } } as const;

function duration(): number {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 220;
}

/** Gives the commands a hold on the canvas, and follows the pointer so that a new layer goes where it is. */
export function useCanvasControls() {
  const flow = useReactFlow();
  const store = useEditorStore();
  const ref = useRef<HTMLElement>(null);
  const pointer = useRef<Point | null>(null);

  useEffect(() => {
    const toWorld = ([x, y]: Point): Point => {
      const spot = flow.screenToFlowPosition({ x, y });
      return [spot.x, spot.y];
    };
    const middle = (): Point => {
      const { left, top, width, height } = ref.current!.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    };
    const centre = (nodeId: string) => {
      const node = findNode(graphHere(store.getState()), nodeId);
      if (!node) return;
      const [x, y] = node.position;
      const zoom = Math.max(flow.getViewport().zoom, 0.6);
      void flow.setCenter(x + NODE_WIDTH / 2, y + NODE_HEIGHT / 2, { zoom, duration: duration() });
      focus(nodeId);
    };
    const focus = (nodeId: string) =>
      ref.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(nodeId)}"]`)?.focus();
    const show = (nodeId: string) => {
      const node = findNode(graphHere(store.getState()), nodeId);
      if (!node) return;
      const [left, top] = toWorld([...cornerOf(ref.current!, "start")]);
      const [right, bottom] = toWorld([...cornerOf(ref.current!, "end")]);
      const [x, y] = node.position;
      if (x < left || y < top || x + NODE_WIDTH > right || y + NODE_HEIGHT > bottom) centre(nodeId);
      else focus(nodeId);
    };
    useView.getState().set({
      canvas: {
        fit: () => void flow.fitView({ ...FIT, duration: duration() }),
        reset: () => void flow.zoomTo(1, { duration: duration() }),
        zoomIn: () => void flow.zoomIn({ duration: duration() }),
        zoomOut: () => void flow.zoomOut({ duration: duration() }),
        centre,
        show,
        toWorld,
        toScreen: ([x, y]) => {
          const spot = flow.flowToScreenPosition({ x, y });
          return [spot.x, spot.y];
        },
        spot: () => toWorld(pointer.current ?? middle()),
      },
    });
    return () => useView.getState().set({ canvas: null });
  }, [flow, store]);

  return {
    ref,
    onPointerMove: (event: PointerEvent) => {
      const onControls = (event.target as HTMLElement).closest(".float, .react-flow__panel");
      pointer.current = onControls ? null : [event.clientX, event.clientY];
    },
    onPointerLeave: () => {
      pointer.current = null;
    },
  };
}

/** A double click on the empty canvas asks which layer goes there. */
export function pickOnPane(event: MouseEvent): void {
  if (!(event.target as HTMLElement).classList.contains("react-flow__pane")) return;
  const screen: Point = [event.clientX, event.clientY];
  const view = useView.getState();
  view.set({ picker: { screen, world: view.canvas!.toWorld(screen), purpose: { kind: "add" } } });
}

/** A corner of the canvas on the screen, a margin inside. */
function cornerOf(element: HTMLElement, corner: "start" | "end"): Point {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const margin = 32;
  return corner === "start" ? [left + margin, top + margin + 32] : [right - margin, bottom - margin];
}
