/** Weights that nodes have in common: whole modules (`shares`) and single parameters (`ties`). */

import type { LayerForm } from "./catalogue";
import type { Check } from "./check";
import { edgesInto, findNode, type GraphDocument, type GraphNode, type ParamValue, sameJson } from "./document";

/** A parameter of a node, such as the `weight` of `n7`. */
export type WeightOf = [node: string, param: string];

/** The parameters with which a node is built: those of the node whose module it is, where it shares one. */
export function builtParams(document: GraphDocument, node: GraphNode): Record<string, ParamValue> {
  const owner = node.shares ? findNode(document, node.shares) : undefined;
  return owner?.params ?? node.params;
}

/** The size that a parameter takes from what arrives, where that is known. */
export function inferredSize(
  document: GraphDocument,
  check: Check | null,
  node: GraphNode,
  from: { port: string; axis: number } | null | undefined,
): number | string | undefined {
  const wire = edgesInto(document, node.id, from?.port)[0];
  const shape = wire && check?.nodes[wire.source]?.outputs[wire.source_port]?.shape;
  return shape?.at(from?.axis ?? -1);
}

/** The nodes whose module the node can be: of the same type, with a module of their own, fed with the same sizes. */
export function shareOwners(
  document: GraphDocument,
  layer: LayerForm,
  check: Check | null,
  node: GraphNode,
): GraphNode[] {
  const fed = layer.params.filter((param) => param.inferred);
  const fits = (other: GraphNode) =>
    fed.every(({ inferred_from }) => {
      const [ours, theirs] = [node, other].map((one) => inferredSize(document, check, one, inferred_from));
      return ours === undefined || theirs === undefined || ours === theirs;
    });
  return document.nodes.filter(
    (other) => other.id !== node.id && other.type === node.type && !other.shares && fits(other),
  );
}

/** The parameters of other nodes that one of the node's can be: of its shape, and neither repeated nor tied. */
export function tieOwners(document: GraphDocument, check: Check | null, node: GraphNode, param: string): WeightOf[] {
  const shape = check?.nodes[node.id]?.parameters?.[param];
  if (!shape || node.shares || node.repeat || isTiedTo(document, node.id, param)) return [];
  const found = document.nodes
    .filter((other) => other.id !== node.id && !other.shares && !other.repeat)
    .flatMap((other) =>
      Object.entries(check.nodes[other.id]?.parameters ?? {})
        .filter(([name, its]) => sameJson(its, shape) && !other.ties?.[name])
        .map(([name]): WeightOf => [other.id, name]),
    );
  return found.sort((one, other) => Number(other[1] === param) - Number(one[1] === param));
}

function isTiedTo(document: GraphDocument, id: string, param: string): boolean {
  return document.nodes.some((node) =>
    Object.values(node.ties ?? {}).some(([owner, owned]) => owner === id && owned === param),
  );
}

/** Makes a node the module of another, with its settings; without one, a module of its own with the same settings. */
export function setShares(document: GraphDocument, id: string, ownerId: string | null): GraphDocument {
  const owner = ownerId === null ? undefined : findNode(document, ownerId);
  const nodes = document.nodes.map((node) => {
    if (node.id !== id) return owner ? pointedTo(node, id, owner.id) : node;
    return owner ? sharing(node, owner) : standingAlone(document, node);
  });
  return { ...document, nodes };
}

function sharing(node: GraphNode, owner: GraphNode): GraphNode {
  const { ties: _, repeat: __, ...rest } = node;
  return { ...rest, ...(owner.repeat ? { repeat: owner.repeat } : {}), params: {}, shares: owner.id };
}

function standingAlone(document: GraphDocument, node: GraphNode): GraphNode {
  const { shares: _, ...rest } = node;
  return { ...rest, params: builtParams(document, node) };
}

/** The node with what it had from `id` from another. */
function pointedTo(node: GraphNode, id: string, owner: string): GraphNode {
  const shares = node.shares === id ? { shares: owner } : {};
  if (!Object.values(node.ties ?? {}).some(([from]) => from === id)) return { ...node, ...shares };
  const ties = Object.entries(node.ties ?? {}).flatMap(([param, [from, owned]]) =>
    from !== id ? [[param, [from, owned]]] : owner === node.id ? [] : [[param, [owner, owned]]],
  );
  return withTies({ ...node, ...shares }, Object.fromEntries(ties));
}

/** Makes a parameter that of another node; with null, one of its own again. */
export function setTie(document: GraphDocument, id: string, param: string, owner: WeightOf | null): GraphDocument {
  const changed = (node: GraphNode) => {
    const { [param]: _, ...others } = node.ties ?? {};
    return withTies(node, owner ? { ...others, [param]: owner } : others);
  };
  return { ...document, nodes: document.nodes.map((node) => (node.id === id ? changed(node) : node)) };
}

function withTies(node: GraphNode, ties: Record<string, WeightOf>): GraphNode {
  const { ties: _, ...rest } = node;
  return Object.keys(ties).length > 0 ? { ...rest, ties } : rest;
}

/**
 * Readies a graph for the removal of nodes: the first that shared a module with one of them has it with its settings,
 * the others share it with that one, and parameters that were tied to one of them are free.
 */
export function handOver(document: GraphDocument, gone: ReadonlySet<string>): GraphDocument {
  let current = document;
  for (const id of gone) {
    const heir = current.nodes.find((node) => node.shares === id && !gone.has(node.id));
    if (!heir) continue;
    current = setShares(current, heir.id, null);
    const nodes = current.nodes.map((node) => (node.shares === id ? { ...node, shares: heir.id } : node));
    current = { ...current, nodes };
  }
  const freed = (node: GraphNode) => {
    const ties = Object.entries(node.ties ?? {});
    const kept = ties.filter(([, [owner]]) => !gone.has(owner));
    return kept.length < ties.length ? withTies(node, Object.fromEntries(kept)) : node;
  };
  return { ...current, nodes: current.nodes.map(freed) };
}

/** A copied node with the new ids of the nodes from which it has weights. */
export function withOwners(node: GraphNode, ids: ReadonlyMap<string, string>): GraphNode {
  const ties = Object.entries(node.ties ?? {}).map(([own, [owner, param]]) => [own, [ids.get(owner) ?? owner, param]]);
  return {
    ...node,
    ...(node.shares ? { shares: ids.get(node.shares) ?? node.shares } : {}),
    ...(node.ties ? { ties: Object.fromEntries(ties) } : {}),
  };
}

/** The names of the nodes from which a node has weights. */
export function ownerNames(document: GraphDocument, node: GraphNode): string[] {
  const ids = new Set([...(node.shares ? [node.shares] : []), ...Object.values(node.ties ?? {}).map(([id]) => id)]);
  return [...ids].map((id) => findNode(document, id)?.name ?? id);
}
