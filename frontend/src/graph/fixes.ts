/** A repair that the server offers: edits of the document in its own vocabulary. */

import { EMPTY_DOCUMENT, type GraphDocument, type GraphEdge, type GraphNode, type Point } from "./document";
import { ROW, removeEdges, setParam } from "./edits";

/** With a `block`, it is an edit of the inside of that block. */
export type FixEdit = { block?: string } & (
  | { op: "add"; node: GraphNode }
  | { op: "remove"; node: string }
  | { op: "set"; node: string; param: string; value?: unknown }
  | { op: "set"; node: string; key: "name" | "type" | "repeat" | "shares" | "ties"; value?: unknown }
  | { op: "connect"; edge: GraphEdge }
  | { op: "disconnect"; edge: string }
);

/** The document after a repair, as one step. */
export function applyFix(document: GraphDocument, edits: readonly FixEdit[]): GraphDocument {
  let current = document;
  for (const name of new Set(edits.map((edit) => edit.block))) {
    const own = edits.filter((edit) => edit.block === name);
    current = name === undefined ? applyToGraph(current, own) : applyInBlock(current, name, own);
  }
  return current;
}

function applyInBlock(document: GraphDocument, name: string, edits: readonly FixEdit[]): GraphDocument {
  const block = document.blocks[name];
  if (!block) return document;
  const inside = applyToGraph({ ...EMPTY_DOCUMENT, nodes: block.nodes, edges: block.edges }, edits);
  const repaired = { ...block, nodes: inside.nodes, edges: inside.edges };
  return { ...document, blocks: { ...document.blocks, [name]: repaired } };
}

function applyToGraph(document: GraphDocument, edits: readonly FixEdit[]): GraphDocument {
  const repaired = edits.reduce(applyEdit, document);
  const added = edits.flatMap((edit) => (edit.op === "add" ? [edit.node.id] : []));
  return added.reduce(settle, repaired);
}

function applyEdit(document: GraphDocument, edit: FixEdit): GraphDocument {
  switch (edit.op) {
    case "add":
      return { ...document, nodes: [...document.nodes, { ...edit.node, position: edit.node.position ?? [0, 0] }] };
    case "remove":
      return {
        ...document,
        nodes: document.nodes.filter((node) => node.id !== edit.node),
        edges: document.edges.filter((edge) => edge.source !== edit.node && edge.target !== edit.node),
      };
    case "set":
      if ("param" in edit) return setParam(document, edit.node, edit.param, edit.value ?? undefined);
      return {
        ...document,
        nodes: document.nodes.map((node) => (node.id === edit.node ? withKey(node, edit.key, edit.value) : node)),
      };
    case "connect":
      return { ...document, edges: [...document.edges, edit.edge] };
    case "disconnect":
      return removeEdges(document, new Set([edit.edge]));
  }
}

function withKey(node: GraphNode, key: string, value: unknown): GraphNode {
  const rest = Object.fromEntries(Object.entries(node).filter(([name]) => name !== key)) as unknown as GraphNode;
  return value === undefined || value === null ? rest : { ...rest, [key]: value };
}

/** Gives a node that a repair put between two others a row of its own, moving down what lies below. */
function settle(document: GraphDocument, id: string): GraphDocument {
  const above = document.edges.find((edge) => edge.target === id)?.source;
  const below = document.edges.find((edge) => edge.source === id)?.target;
  const top = document.nodes.find((node) => node.id === above)?.position;
  const bottom = document.nodes.find((node) => node.id === below)?.position;
  if (!top || !bottom) return document;
  const lacking = Math.max(0, top[1] + 2 * ROW - bottom[1]);
  const moved = (node: GraphNode): GraphNode => {
    if (node.id === id) return { ...node, position: [top[0], top[1] + ROW] };
    if (lacking === 0 || node.position[1] < bottom[1]) return node;
    return { ...node, position: [node.position[0], node.position[1] + lacking] as Point };
  };
  return { ...document, nodes: document.nodes.map(moved) };
}
