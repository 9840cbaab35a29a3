/** The form of a node where it stands, and so its ports: those of a block by its definition, of an Output by its loss. */

import { blockForm, blockOf } from "./blocks";
import type { LayerForm, LayerIndex } from "./catalogue";
import { type GraphDocument, type GraphNode, isBlockReference } from "./document";

const MAX_OUTPUTS = 64;
const variants = new WeakMap<LayerForm, Map<string, LayerForm>>();

/** `layer` with other ports, the same object each time, so that what did not change is not drawn again. */
function variant(layer: LayerForm, key: string, make: () => LayerForm): LayerForm {
  const known = variants.get(layer) ?? new Map<string, LayerForm>();
  variants.set(layer, known);
  const form = known.get(key) ?? make();
  known.set(key, form);
  return form;
}

/** What a node is in its document: label, icon, parameters and above all ports. Undefined where nobody knows its type. */
export function formOf(document: GraphDocument, layers: LayerIndex, node: GraphNode): LayerForm | undefined {
  const block = blockOf(node.type);
  if (block !== null) return blockForm(document.blocks, layers, block);
  const layer = layers.get(node.type);
  if (layer?.counted) return counted(layer, layer.counted, document, node);
  if (layer?.losses) return byLoss(layer, node);
  return layer;
}

/** `output_0`, `output_1`, ...: as many as a parameter says. */
function counted(layer: LayerForm, name: string, document: GraphDocument, node: GraphNode): LayerForm {
  let value = node.params[name] ?? layer.params.find((param) => param.name === name)?.default;
  if (isBlockReference(value)) {
    const { $: wanted } = value;
    value = document.inside?.params.find((param) => param.name === wanted)?.default;
  }
  const number = Array.isArray(value) ? value.length : typeof value === "number" ? value : 1;
  const count = Math.min(Math.max(number, 1), MAX_OUTPUTS);
  return variant(layer, String(count), () => ({
    ...layer,
    outputs: Array.from({ length: count }, (_, i) => ({ name: `output_${i}` })),
  }));
}

/** The inputs of an Output are what its loss compares, and the target where a wire may bring it. */
function byLoss(layer: LayerForm, node: GraphNode): LayerForm {
  const type = (node.params.loss as { type?: string } | undefined)?.type ?? "";
  const loss = layer.losses?.find((one) => one.type === type);
  if (!loss?.inputs) return layer;
  const { inputs, target } = loss;
  return variant(layer, type, () => ({
    ...layer,
    inputs: [
      ...inputs.map((name) => ({ name })),
      ...(target ? layer.inputs.filter((port) => port.name === "target") : []),
    ],
  }));
}
