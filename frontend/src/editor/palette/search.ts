import { blockForm, mayStand } from "../../graph/blocks";
import type { Catalogue, LayerForm, LayerIndex } from "../../graph/catalogue";
import { type GraphDocument, sameJson } from "../../graph/document";

/** How well the words of a search match a layer: smaller is better, null is not at all. */
function score(layer: LayerForm, words: string): number | null {
  const names = [placeName(layer), layer.label, ...(layer.aliases ?? [])].map((name) => name.toLowerCase());
  if (names.includes(words)) return 0;
  if (names.some((name) => name.startsWith(words))) return 1;
  if (names.some((name) => name.includes(words))) return 2;
  return layer.summary.toLowerCase().includes(words) ? 3 : null;
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

/** What is unknown comes from imports, never from a hand. */
const NOT_PLACED: readonly string[] = ["Unknown"];

/** What can be placed by hand in the open graph: layers, the project's own blocks and those of the library. */
export function placeable(catalogue: Catalogue, layers: LayerIndex, graph: GraphDocument): LayerForm[] {
  const single = catalogue.layers.filter((layer) => !NOT_PLACED.includes(layer.type) && mayStand(graph, layer.type));
  const library = (catalogue.blocks ?? []).filter(
    ({ definitions }) => !graph.inside?.names.some((name) => definitions && name in definitions),
  );
  return [...single, ...ownBlocks(layers, graph), ...library];
}

/** The document's definitions that the library does not have like that. */
function ownBlocks(layers: LayerIndex, graph: GraphDocument): LayerForm[] {
  return Object.entries(graph.blocks).flatMap(([name, definition]) => {
    const form = blockForm(graph.blocks, layers, name);
    const inLibrary = sameJson(layers.get(`block:${name}`)?.definitions?.[name], definition);
    return form && !inLibrary && mayStand(graph, form.type) ? [form] : [];
  });
}

/** The family under which the project's own blocks stand. */
export const OWN = "own";

function familyOf(layer: LayerForm): string {
  return layer.type.startsWith("block:") && !layer.definitions ? OWN : layer.family;
}

/** What a layer is called where it is chosen: torch's name, or the block's. */
export function placeName(layer: LayerForm): string {
  return layer.type.replace(/^block:/, "");
}

/** Tells a block of the library from the project's own of the same name. */
export function placeKey(layer: LayerForm): string {
  return layer.definitions ? `library:${placeName(layer)}` : layer.type;
}

export interface Family {
  id: string;
  label: string;
  layers: LayerForm[];
}

/** The layers by family, the project's own blocks before the library's. */
export function byFamily(catalogue: Catalogue, layers: readonly LayerForm[], ownLabel: string): Family[] {
  const families = catalogue.families.flatMap((family) =>
    family.id === "block" ? [{ id: OWN, label: ownLabel }, family] : [family],
  );
  return families
    .map((family) => ({ ...family, layers: layers.filter((layer) => familyOf(layer) === family.id) }))
    .filter((family) => family.layers.length > 0);
}
