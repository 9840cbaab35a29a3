import type { Catalogue, LayerForm } from "../../graph/catalogue";

/** How well the words of a search match a layer: smaller is better, null is not at all. */
function score(layer: LayerForm, words: string): number | null {
  const type = layer.type.toLowerCase();
  const label = layer.label.toLowerCase();
  if (type.startsWith(words) || label.startsWith(words)) return 0;
  if (type.includes(words) || label.includes(words)) return 1;
  return layer.summary.toLowerCase().includes(words) ? 2 : null;
}

/** The layers that match, best first; all of them, in the catalogue's order, for an empty search. */
export function searchLayers(layers: readonly LayerForm[], text: string): LayerForm[] {
  const words = text.trim().toLowerCase();
  if (!words) return [...layers];
  return layers
    .map((layer) => ({ layer, rank: score(layer, words) }))
    .filter((hit): hit is { layer: LayerForm; rank: number } => hit.rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .map((hit) => hit.layer);
}

const NOT_PLACED: readonly string[] = ["BlockInput", "BlockOutput", "Unknown"];

/** What can be placed by hand: block ports live inside blocks only, and what is unknown comes from imports. */
export function placeable(catalogue: Catalogue): LayerForm[] {
  return catalogue.layers.filter((layer) => !NOT_PLACED.includes(layer.type));
}

export function byFamily(
  catalogue: Catalogue,
  layers: readonly LayerForm[],
): { id: string; label: string; layers: LayerForm[] }[] {
  return catalogue.families
    .map((family) => ({ ...family, layers: layers.filter((layer) => layer.family === family.id) }))
    .filter((family) => family.layers.length > 0);
}
