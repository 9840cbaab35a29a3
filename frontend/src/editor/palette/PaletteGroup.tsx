import { useTranslation } from "react-i18next";
import type { LayerForm } from "../../graph/catalogue";
import { Icon } from "../../ui/Icon";
import { LAYER_MIME } from "../canvas/useDrop";
import { addLayer } from "../state/actions";
import { useEditorStore } from "../state/context";
import { DeleteUnused } from "./DeleteUnused";
import { LayerItem } from "./LayerItem";
import { OWN, placeKey, placeName } from "./search";

/** So many of a family stand there until the rest is asked for. */
const NUM_FIRST = 4;

export type Unfolded = "none" | "first" | "all";

interface GroupProps {
  id: string;
  title: string;
  note: string;
  layers: LayerForm[];
  unfolded: Unfolded;
  /** Absent where it cannot be folded. */
  onUnfold?: (unfolded: Unfolded) => void;
}

/** A family of the palette: folded, its first layers, or all of them. */
export function PaletteGroup({ id, title, note, layers, unfolded, onUnfold }: GroupProps) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const shown = unfolded === "none" ? [] : unfolded === "all" ? layers : layers.slice(0, NUM_FIRST);
  const rest = unfolded === "first" ? layers.length - shown.length : 0;
  return (
    <section data-family={id}>
      <h3>
        {onUnfold ? (
          <button
            type="button"
            className="pfold"
            aria-expanded={unfolded !== "none"}
            onClick={() => onUnfold(unfolded === "none" ? "first" : "none")}
            data-testid={`family-${id}`}
          >
            <Icon name={unfolded === "none" ? "right" : "down"} size={12} />
            {title}
            <span className="count">{note}</span>
          </button>
        ) : (
          <>
            {title}
            <span className="count">{note}</span>
          </>
        )}
      </h3>
      {shown.map((layer) => (
        <div key={placeKey(layer)} className="pline">
          <button
            type="button"
            className="pitem"
            draggable
            onDragStart={(event) => {
              event.dataTransfer.setData(LAYER_MIME, placeKey(layer));
              event.dataTransfer.effectAllowed = "copy";
            }}
            onClick={() => addLayer(store, layer)}
            data-testid={id === "suggested" ? `suggested-${layer.type}` : `palette-${placeName(layer)}`}
          >
            <LayerItem layer={layer} />
          </button>
          {id === OWN && <DeleteUnused name={placeName(layer)} />}
        </div>
      ))}
      {rest > 0 && (
        <button type="button" className="pmore" onClick={() => onUnfold?.("all")} data-testid={`more-${id}`}>
          {t("palette.more", { count: rest })}
        </button>
      )}
    </section>
  );
}
