import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { LayerForm } from "../../graph/catalogue";
import { findEdge } from "../../graph/document";
import { fits } from "../../graph/wiring";
import { LayerItem } from "../palette/LayerItem";
import { placeKey, searchLayers } from "../palette/search";
import { usePlaceable } from "../palette/usePlaceable";
import { placeLayer } from "../state/actions";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { checkHere } from "../state/store";
import { type PickerRequest, useView } from "../state/view";
import { Finder } from "./Finder";

const WIDTH = 280;
const HEIGHT = 320;

/** The list of layers at a place on the canvas: all of them, or only what fits the wire it was opened from. */
export function LayerPicker() {
  const request = useView((view) => view.picker);
  return request && <Picker request={request} />;
}

function Picker({ request }: { request: PickerRequest }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const frame = useRef<HTMLDivElement>(null);
  const close = () => useView.getState().set({ picker: null });
  const layers = useFitting(request, usePlaceable());

  useEffect(() => {
    const onDown = (event: PointerEvent) => {
      if (!frame.current?.contains(event.target as Node)) useView.getState().set({ picker: null });
    };
    document.addEventListener("pointerdown", onDown);
    return () => document.removeEventListener("pointerdown", onDown);
  }, []);

  const left = Math.max(8, Math.min(request.screen[0], window.innerWidth - WIDTH - 8));
  const top = Math.max(8, Math.min(request.screen[1], window.innerHeight - HEIGHT - 8));
  return (
    <div
      ref={frame}
      className="picker"
      role="dialog"
      aria-label={t("picker.label")}
      style={{ left, top, width: WIDTH }}
      data-testid="layer-picker"
    >
      <Finder
        label={t("picker.label")}
        placeholder={t(request.purpose.kind === "add" ? "picker.any" : "picker.fitting")}
        none={(text) => t("palette.none", { text })}
        testId="layer-picker"
        onClose={close}
        find={(text) =>
          searchLayers(layers, text).map((layer) => ({
            id: placeKey(layer),
            content: <LayerItem layer={layer} />,
            run: () => placeLayer(store, layer, request),
          }))
        }
      />
    </div>
  );
}

function useFitting({ purpose }: PickerRequest, all: LayerForm[]): LayerForm[] {
  const check = useEditor((editor) => checkHere(editor));
  const document = useDocument();
  if (purpose.kind === "add") return all;
  if (purpose.kind === "connect") {
    if (purpose.side === "target") return all.filter((layer) => layer.outputs.length > 0);
    return all.filter((layer) => fits(layer, check?.nodes[purpose.port.node]?.outputs[purpose.port.port]));
  }
  const edge = findEdge(document, purpose.edge);
  const tensor = edge && check?.nodes[edge.source]?.outputs[edge.source_port];
  return all.filter((layer) => fits(layer, tensor, true));
}
