import type { LayerForm } from "../../graph/catalogue";
import { Icon } from "../../ui/Icon";

/** A layer as it stands in lists: icon in its family's colour, name, one sentence. */
export function LayerItem({ layer }: { layer: LayerForm }) {
  return (
    <>
      <span className={`tile fam-${layer.family}`}>
        <Icon name={layer.icon} />
      </span>
      <span className="pitem-text">
        <b>{layer.family === "data" ? layer.label : layer.type}</b>
        <span>{layer.summary}</span>
      </span>
    </>
  );
}
