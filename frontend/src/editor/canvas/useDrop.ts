import type { DragEvent } from "react";
import { isNear } from "../../graph/route";
import { placeable, placeKey } from "../palette/search";
import { placeLayer } from "../state/actions";
import { useEditorStore } from "../state/context";
import { graphHere } from "../state/store";
import { useView } from "../state/view";
import type { WireEdge } from "./flow";
import { useHover } from "./hover";

/** The kind of data a layer dragged out of the palette carries. */
export const LAYER_MIME = "application/x-layerloom-layer";
const REACH = 28;

/** Dropping a layer from the palette: on a wire it is put into it, elsewhere it stands where it fell. */
export function useDrop(edges: WireEdge[]) {
  const store = useEditorStore();

  function place(event: DragEvent) {
    const screen: [number, number] = [event.clientX, event.clientY];
    const world = useView.getState().canvas!.toWorld(screen);
    const wire = edges.find((edge) => isNear(edge.data!.spots, { x: world[0], y: world[1] }, REACH));
    return { screen, world, edge: wire?.id ?? null };
  }

  return {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes(LAYER_MIME)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      useHover.getState().dropOn(place(event).edge);
    },
    onDragLeave: () => useHover.getState().dropOn(null),
    onDrop: (event: DragEvent) => {
      const { catalogue, layers } = store.getState();
      const key = event.dataTransfer.getData(LAYER_MIME);
      const layer = placeable(catalogue, layers, graphHere(store.getState())).find((one) => placeKey(one) === key);
      useHover.getState().dropOn(null);
      if (!layer) return;
      event.preventDefault();
      const { screen, world, edge } = place(event);
      const through = layer.inputs.length > 0 && layer.outputs.length > 0;
      placeLayer(store, layer, {
        screen,
        world,
        purpose: edge && through ? { kind: "insert", edge } : { kind: "add" },
      });
    },
  };
}
