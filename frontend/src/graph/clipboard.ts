/** Copying as JSON, so that a part of a graph goes through the system clipboard from project to project. */

import { blockOf, copyDefinitions, mayStand, withType, withUsed } from "./blocks";
import {
  type Blocks,
  freshId,
  type GraphDocument,
  type GraphEdge,
  type GraphNode,
  isBlockReference,
  type ParamValue,
  type Point,
} from "./document";
import { freeName, takenNames } from "./names";
import { handOver, withOwners } from "./sharing";

const KIND = "layerloom/graph-part";

interface GraphPart {
  kind: typeof KIND;
  format: 1;
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** The definitions that the nodes use, so that they go along to another project. */
  blocks?: Blocks;
}

/** The chosen nodes, the wires between them and the blocks they use, as text. */
export function copyPart(document: GraphDocument, ids: ReadonlySet<string>): string {
  const others = new Set(document.nodes.flatMap(({ id }) => (ids.has(id) ? [] : [id])));
  const nodes = handOver(document, others).nodes.filter((node) => ids.has(node.id));
  const used = withUsed(
    document.blocks,
    nodes.flatMap((node) => blockOf(node.type) ?? []),
  );
  const part: GraphPart = {
    kind: KIND,
    format: 1,
    nodes,
    edges: document.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target)),
    blocks: Object.fromEntries([...used].map((name) => [name, document.blocks[name]!])),
  };
  return JSON.stringify(part, null, 1);
}

function isPart(value: unknown): value is GraphPart {
  const part = value as GraphPart | null;
  return typeof part === "object" && part?.kind === KIND && Array.isArray(part.nodes) && Array.isArray(part.edges);
}

export interface Pasted {
  document: GraphDocument;
  ids: Set<string>;
}

/** Adds what `copyPart` wrote, under new ids and free names, `offset` away; null when the text is something else. */
export function pastePart(document: GraphDocument, text: string, offset: Point): Pasted | null {
  let part: unknown;
  try {
    part = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isPart(part)) return null;
  const { blocks, names: blockNames } = copyDefinitions(document.blocks, part.blocks ?? {});
  const newIds = new Map<string, string>();
  const names = takenNames(document);
  const nodes = [...document.nodes];
  for (const copied of part.nodes) {
    const node = withType(copied, blockNames);
    if (!mayStand({ ...document, blocks }, node.type)) continue;
    const id = freshId("n", nodes);
    const name = freeName(names, node.name);
    names.add(name);
    newIds.set(copied.id, id);
    const position: Point = [node.position[0] + offset[0], node.position[1] + offset[1]];
    nodes.push({ ...node, id, name, params: knownParams(document, node.params), position });
  }
  const pasted = nodes.slice(document.nodes.length).map((node) => owning(node, newIds));
  const edges = [...document.edges];
  for (const edge of part.edges) {
    const source = newIds.get(edge.source);
    const target = newIds.get(edge.target);
    if (source && target) edges.push({ ...edge, id: freshId("e", edges), source, target });
  }
  return {
    document: { ...document, blocks, nodes: [...document.nodes, ...pasted], edges },
    ids: new Set(newIds.values()),
  };
}

/** The node with weights of those that were pasted with it alone. */
function owning({ shares, ties, ...node }: GraphNode, newIds: ReadonlyMap<string, string>): GraphNode {
  const kept = Object.entries(ties ?? {}).filter(([, [owner]]) => newIds.has(owner));
  const owned = kept.length > 0 ? { ties: Object.fromEntries(kept) } : {};
  return withOwners({ ...node, ...owned, ...(shares && newIds.has(shares) ? { shares } : {}) }, newIds);
}

/** Without the references to parameters that the block pasted into does not have. */
function knownParams(document: GraphDocument, params: Record<string, ParamValue>): Record<string, ParamValue> {
  const known = new Set(document.inside?.params.map((param) => param.name));
  return Object.fromEntries(
    Object.entries(params).filter(([, value]) => !isBlockReference(value) || known.has(value.$)),
  );
}

/** A copy of the chosen nodes beside them. */
export function duplicatePart(document: GraphDocument, ids: ReadonlySet<string>): Pasted {
  return pastePart(document, copyPart(document, ids), [224, 0])!;
}
