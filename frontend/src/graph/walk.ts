/** Walking the graph: its order, its ranks, and who is next to whom. */

import { edgesInto, edgesOutOf, type GraphDocument, type GraphNode } from "./document";

const orders = new WeakMap<GraphDocument, string[]>();

/** Node ids so that every wire points forward; nodes in a circle come last. Ties go by place: top first, then left. */
export function inOrder(document: GraphDocument): string[] {
  let order = orders.get(document);
  if (!order) {
    order = findOrder(document);
    orders.set(document, order);
  }
  return order;
}

function findOrder(document: GraphDocument): string[] {
  const waiting = new Map(document.nodes.map((node) => [node.id, 0]));
  for (const edge of document.edges) {
    if (waiting.has(edge.target)) waiting.set(edge.target, waiting.get(edge.target)! + 1);
  }
  const byPlace = [...document.nodes].sort(compareByPlace);
  const rankOfPlace = new Map(byPlace.map((node, i) => [node.id, i]));
  const ready = byPlace.filter((node) => waiting.get(node.id) === 0).map((node) => node.id);
  const ordered: string[] = [];
  const targets = new Map<string, string[]>();
  for (const edge of document.edges) {
    const list = targets.get(edge.source) ?? [];
    list.push(edge.target);
    targets.set(edge.source, list);
  }
  while (ready.length > 0) {
    const id = ready.shift()!;
    ordered.push(id);
    for (const target of targets.get(id) ?? []) {
      const left = waiting.get(target)! - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
    ready.sort((a, b) => rankOfPlace.get(a)! - rankOfPlace.get(b)!);
  }
  const done = new Set(ordered);
  return [...ordered, ...byPlace.filter((node) => !done.has(node.id)).map((node) => node.id)];
}

function compareByPlace(a: GraphNode, b: GraphNode): number {
  return a.position[1] - b.position[1] || a.position[0] - b.position[0];
}

/** Everything above (`up`) or below (`down`) a node, itself included. */
export function stream(document: GraphDocument, id: string, direction: "up" | "down"): Set<string> {
  const seen = new Set<string>();
  const open = [id];
  while (open.length > 0) {
    const current = open.pop()!;
    if (seen.has(current)) continue;
    seen.add(current);
    if (direction === "up") for (const edge of edgesInto(document, current)) open.push(edge.source);
    else for (const edge of edgesOutOf(document, current)) open.push(edge.target);
  }
  return seen;
}

export type Direction = "up" | "down" | "left" | "right";

/** The node an arrow key goes to: along a wire up or down, to a neighbour of the same height left or right. */
export function neighbour(document: GraphDocument, id: string, direction: Direction): string | null {
  if (direction === "up") return edgesInto(document, id)[0]?.source ?? null;
  if (direction === "down") return edgesOutOf(document, id)[0]?.target ?? null;
  const here = document.nodes.find((node) => node.id === id);
  if (!here) return null;
  const sign = direction === "right" ? 1 : -1;
  let best: GraphNode | null = null;
  let nearest = Number.POSITIVE_INFINITY;
  for (const node of document.nodes) {
    const across = (node.position[0] - here.position[0]) * sign;
    const distance = across + 3 * Math.abs(node.position[1] - here.position[1]);
    if (across > 0 && distance < nearest) {
      nearest = distance;
      best = node;
    }
  }
  return best?.id ?? null;
}
