import type { LayerForm } from "../../graph/catalogue";
import { Icon } from "../../ui/Icon";
import { placeName } from "./search";

/** A layer as it stands in lists: icon in its family's colour, name, one sentence. */
export function LayerItem({ layer }: { layer: LayerForm }) {
  const isPlain = layer.family === "data" || layer.family === "block";
  return (
    <>
      <span className={`tile fam-${layer.family}`}>
        <Icon name={layer.icon} />
      </span>
      <span className="pitem-text">
        <b>{isPlain ? layer.label : placeName(layer)}</b>
        <span>{layer.summary}</span>
      </span>
    </>
  );
}
