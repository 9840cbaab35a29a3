/** What differs between two graphs, as lines a person reads. The server compares; this only says it. */

import { blockOf } from "./blocks";
import type { GraphDocument, GraphNode } from "./document";

/** The schema describes the answer in place, so it has no name there. */
export interface GraphDiff {
  nodes: { added: DiffNode[]; removed: DiffNode[]; changed: (DiffNode & { fields: FieldChange[] })[] };
  edges: { added: DiffEdge[]; removed: DiffEdge[] };
  blocks: {
    added: { name: string }[];
    removed: { name: string }[];
    changed: { name: string; fields: FieldChange[] }[];
  };
}

interface DiffNode {
  path: string;
  name: string;
  type: string;
}

export interface FieldChange {
  field: string;
  before?: unknown;
  after?: unknown;
}

interface DiffEdge {
  source: string;
  source_name: string;
  source_port: string;
  target: string;
  target_name: string;
  target_port: string;
}

export type ChangeKind = "added" | "removed" | "changed" | "rewired";

/** One line: a node, a block or a wire, and for what changed its fields. */
export interface Change {
  key: string;
  kind: ChangeKind;
  /** Of a node, as the difference has it. */
  path?: string;
  /** Of a node or a block; a wire has its two ends in `wire`. */
  name?: string;
  type?: string;
  isBlock?: boolean;
  fields?: FieldChange[];
  wire?: { source: string; target: string; removed: boolean };
}

/** The lines of a difference. Wires of nodes that came or went go without saying and are left out. */
export function changesOf(diff: GraphDiff): Change[] {
  const comeOrGone = new Set([...diff.nodes.added, ...diff.nodes.removed].map((node) => node.path));
  const wires = (edges: DiffEdge[], removed: boolean) =>
    edges
      .filter((edge) => !comeOrGone.has(edge.source) && !comeOrGone.has(edge.target))
      .map(
        (edge): Change => ({
          key: `${removed}:${edge.source}.${edge.source_port}>${edge.target}.${edge.target_port}`,
          kind: "rewired",
          wire: {
            source: end(edge.source_name, edge.source_port, "output"),
            target: end(edge.target_name, edge.target_port, "input"),
            removed,
          },
        }),
      );
  const nodes = (kind: ChangeKind, found: (DiffNode & { fields?: FieldChange[] })[]) =>
    found.map(({ path, name, type, fields }): Change => ({ key: `${kind}:${path}`, kind, path, name, type, fields }));
  const blocks = (kind: ChangeKind, found: { name: string; fields?: FieldChange[] }[]) =>
    found.map(({ name, fields }): Change => ({ key: `${kind}:block:${name}`, kind, name, isBlock: true, fields }));
  return [
    ...blocks("added", diff.blocks.added),
    ...blocks("removed", diff.blocks.removed),
    ...blocks("changed", diff.blocks.changed),
    ...nodes("added", diff.nodes.added),
    ...nodes("removed", diff.nodes.removed),
    ...nodes("changed", diff.nodes.changed),
    ...wires(diff.edges.removed, true),
    ...wires(diff.edges.added, false),
  ];
}

export type Mark = "added" | "changed";

/** The nodes that differ, by path as in the difference; a block changes with what is inside. */
export function marksOf(diff: GraphDiff, document: GraphDocument): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const { path } of diff.nodes.changed) marks.set(path, "changed");
  for (const { path } of diff.nodes.added) marks.set(path, "added");
  const touched = new Set(diff.blocks.changed.map((block) => block.name));
  for (const list of [diff.nodes.added, diff.nodes.removed, diff.nodes.changed]) {
    for (const { path } of list) if (path.startsWith("block:")) touched.add(path.slice(6, path.lastIndexOf("/")));
  }
  const definitions = Object.entries(document.blocks);
  const uses = (nodes: GraphNode[]) => nodes.some((node) => touched.has(blockOf(node.type) ?? ""));
  for (let size = -1; size !== touched.size; ) {
    size = touched.size;
    for (const [name, { nodes }] of definitions) if (uses(nodes)) touched.add(name);
  }
  const levels: [string, GraphNode[]][] = [["", document.nodes]];
  for (const [name, { nodes }] of definitions) levels.push([`block:${name}/`, nodes]);
  for (const [prefix, nodes] of levels) {
    for (const { id, type } of nodes) {
      if (touched.has(blockOf(type) ?? "") && !marks.has(prefix + id)) marks.set(prefix + id, "changed");
    }
  }
  return marks;
}

/** "params.out_features" is read as "out_features". */
export function fieldName(field: string): string {
  return field.replace(/^params\./, "");
}

function end(name: string, port: string, usual: string): string {
  return port === usual ? name : `${name}.${port}`;
}
