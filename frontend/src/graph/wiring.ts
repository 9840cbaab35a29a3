/** Which wires may be drawn. Shapes are the check's business; this is about ports, places and circles. */

import type { LayerForm, LayerIndex, PortForm } from "./catalogue";
import { edgesOutOf, findNode, type GraphDocument, type GraphNode } from "./document";
import { formOf } from "./ports";

export interface PortReference {
  node: string;
  port: string;
}

/** A port that takes many is drawn with as many handles as it has wires, and one more. */
export function inputPort(
  document: GraphDocument,
  layers: LayerIndex,
  node: GraphNode | undefined,
  port: string,
): PortForm | undefined {
  return node && formOf(document, layers, node)?.inputs.find((input) => input.name === port);
}

export function outputPort(
  document: GraphDocument,
  layers: LayerIndex,
  node: GraphNode | undefined,
  port: string,
): PortForm | undefined {
  return node && formOf(document, layers, node)?.outputs.find((output) => output.name === port);
}

/** Whether a walk down the wires from `from` comes to `to`. */
export function reaches(document: GraphDocument, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  while (open.length > 0) {
    const id = open.pop()!;
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    for (const edge of edgesOutOf(document, id)) open.push(edge.target);
  }
  return false;
}

/** Whether a wire from an output to an input makes sense: both ports exist, no circle, not there already. */
export function canConnect(
  document: GraphDocument,
  layers: LayerIndex,
  source: PortReference,
  target: PortReference,
): boolean {
  if (!outputPort(document, layers, findNode(document, source.node), source.port)) return false;
  if (!inputPort(document, layers, findNode(document, target.node), target.port)) return false;
  if (reaches(document, target.node, source.node)) return false;
  return !document.edges.some(
    (edge) =>
      edge.source === source.node &&
      edge.source_port === source.port &&
      edge.target === target.node &&
      edge.target_port === target.port,
  );
}

/** What is known of the tensor at a port: shape with the batch first, and dtype. */
export interface Tensor {
  shape: (number | string)[];
  dtype: string;
}

function accepts(port: PortForm, tensor: Tensor | undefined): boolean {
  if (!tensor) return true;
  if (port.ranks?.length && !port.ranks.includes(tensor.shape.length)) return false;
  return !port.dtypes?.length || port.dtypes.includes(tensor.dtype);
}

/** The input of a new layer that takes the tensor, or null. */
export function fittingInput(layer: LayerForm, tensor: Tensor | undefined): PortForm | null {
  return layer.inputs.find((port) => !port.optional && accepts(port, tensor)) ?? null;
}

/** Whether a layer could follow: it takes the tensor, and `through` asks for an output as well. */
export function fits(layer: LayerForm, tensor: Tensor | undefined, through = false): boolean {
  return fittingInput(layer, tensor) !== null && (!through || layer.outputs.length > 0);
}
