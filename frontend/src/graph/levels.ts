/** Open blocks: the graph that is being edited is the whole document's, or the inside of a block at one of its uses. */

import { blockOf } from "./blocks";
import type { Check } from "./check";
import { type BlockDefinition, findNode, type GraphDocument, type GraphEdge, type GraphNode } from "./document";

/** The ids of the block nodes that were opened one in the other, the outermost first. */
export type Trail = readonly string[];

export interface OpenBlock {
  /** The node through which it was opened. */
  node: GraphNode;
  /** The definition that node uses. */
  name: string;
}

/** The blocks along the trail, as far as they are there. */
export function openBlocks(document: GraphDocument, trail: Trail): OpenBlock[] {
  const open: OpenBlock[] = [];
  let nodes = document.nodes;
  for (const id of trail) {
    const node = nodes.find((one) => one.id === id);
    const name = node && blockOf(node.type);
    const definition = name ? document.blocks[name] : undefined;
    if (!node || !name || !definition) break;
    open.push({ node, name });
    nodes = definition.nodes;
  }
  return open;
}

const opened = new WeakMap<GraphDocument, Map<string, GraphDocument>>();

/** The graph at the end of the trail as a document of its own, with all blocks; the whole document for an empty trail. */
export function openGraph(document: GraphDocument, trail: Trail): GraphDocument {
  if (trail.length === 0) return document;
  const known = opened.get(document) ?? new Map<string, GraphDocument>();
  opened.set(document, known);
  const key = trail.join("/");
  let level = known.get(key);
  if (!level) {
    const names = openBlocks(document, trail).map((open) => open.name);
    const definition = document.blocks[names.at(-1) ?? ""];
    if (!definition) return document;
    const { params, nodes, edges } = definition;
    level = { ...document, nodes, edges, notes: [], inside: { params, names } };
    known.set(key, level);
  }
  return level;
}

/** The whole document after the graph at the end of the trail, or the blocks, were changed. */
export function writeGraph(document: GraphDocument, trail: Trail, level: GraphDocument): GraphDocument {
  const name = openBlocks(document, trail).at(-1)?.name;
  if (!name) return level;
  const { nodes, edges, blocks } = level;
  const params = blocks[name]?.params ?? [];
  return withDefinition({ ...document, blocks: { ...blocks, [name]: document.blocks[name]! } }, name, {
    params,
    nodes,
    edges,
  });
}

/** Changes a definition. Wires outside follow a port that got another name, and go with one that is gone. */
export function withDefinition(document: GraphDocument, name: string, next: BlockDefinition): GraphDocument {
  const before = document.blocks[name];
  const blocks = { ...document.blocks, [name]: next };
  if (!before) return { ...document, blocks };
  const changed = changedPorts(before.nodes, next.nodes);
  if (changed.size === 0) return { ...document, blocks };
  for (const [other, block] of Object.entries(blocks)) {
    const edges = follow(block.nodes, block.edges, name, changed);
    if (edges !== block.edges) blocks[other] = { ...block, edges };
  }
  return { ...document, blocks, edges: follow(document.nodes, document.edges, name, changed) };
}

/** "source output" -> its new name, or null where it is gone. */
type PortChanges = Map<string, string | null>;

function changedPorts(before: readonly GraphNode[], after: readonly GraphNode[]): PortChanges {
  const now = new Map(after.map((node) => [node.id, node.name]));
  const changes: PortChanges = new Map();
  for (const node of before) {
    const side = node.type === "BlockInput" ? "target" : node.type === "BlockOutput" ? "source" : null;
    const name = now.get(node.id) ?? null;
    if (side && name !== node.name) changes.set(`${side} ${node.name}`, name);
  }
  return changes;
}

function follow(nodes: readonly GraphNode[], edges: GraphEdge[], name: string, changes: PortChanges): GraphEdge[] {
  const uses = new Set(nodes.filter((node) => blockOf(node.type) === name).map((node) => node.id));
  if (uses.size === 0) return edges;
  return edges.flatMap((edge) => {
    const into = uses.has(edge.target) ? changes.get(`target ${edge.target_port}`) : undefined;
    const out = uses.has(edge.source) ? changes.get(`source ${edge.source_port}`) : undefined;
    if (into === null || out === null) return [];
    if (into === undefined && out === undefined) return [edge];
    return [{ ...edge, target_port: into ?? edge.target_port, source_port: out ?? edge.source_port }];
  });
}

const checks = new WeakMap<Check, Map<string, Check>>();

/** What the check says about the graph at the end of the trail, by the ids of that graph. */
export function openCheck(check: Check | null, trail: Trail): Check | null {
  if (!check || trail.length === 0) return check;
  const known = checks.get(check) ?? new Map<string, Check>();
  checks.set(check, known);
  const prefix = `${trail.join("/")}/`;
  let level = known.get(prefix);
  if (!level) {
    const nodes = Object.entries(check.nodes).flatMap(([path, node]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), node] as const] : [],
    );
    const problems = check.problems.flatMap((problem) =>
      problem.node?.startsWith(prefix) ? [{ ...problem, node: problem.node.slice(prefix.length) }] : [],
    );
    level = { ...check, nodes: Object.fromEntries(nodes), problems };
    known.set(prefix, level);
  }
  return level;
}

/** The node at a path of the check (`n5/n2`) and the trail to it, as far as it is there. */
export function followPath(document: GraphDocument, path: string): { trail: Trail; node: GraphNode | undefined } {
  const parts = path.split("/");
  const trail = parts.slice(0, -1);
  const deep = openBlocks(document, trail).length === trail.length;
  return { trail, node: deep ? findNode(openGraph(document, trail), parts.at(-1)!) : undefined };
}
