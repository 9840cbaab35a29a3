/** What a person does to a graph. Each takes a document and gives the next; untouched parts stay the same objects. */

import { blockOf, copyDefinitions, typeOfBlock } from "./blocks";
import { type LayerForm, type LayerIndex, mainInput, mainOutput } from "./catalogue";
import {
  edgesInto,
  edgesOutOf,
  findEdge,
  findNode,
  freshId,
  type GraphDocument,
  type GraphEdge,
  type GraphNode,
  type ParamValue,
  type Point,
} from "./document";
import { freeName, nameOfType, takenNames } from "./names";
import { formOf } from "./ports";
import { handOver } from "./sharing";
import { canConnect, fittingInput, inputPort, type PortReference, type Tensor } from "./wiring";

export interface Added {
  document: GraphDocument;
  /** The id of the new node. */
  id: string;
}

function withNode(document: GraphDocument, id: string, change: (node: GraphNode) => GraphNode): GraphDocument {
  return { ...document, nodes: document.nodes.map((node) => (node.id === id ? change(node) : node)) };
}

/** Required numbers of a new layer that nothing gives: a start that works on most graphs. */
const FIRST_VALUES: Record<string, Record<string, ParamValue>> = {
  Linear: { out_features: 64 },
  Embedding: { num_embeddings: 1000, embedding_dim: 32 },
};

function firstParams(layer: LayerForm): Record<string, ParamValue> {
  const given = FIRST_VALUES[layer.type] ?? {};
  const params: Record<string, ParamValue> = {};
  for (const param of layer.params) {
    if (!param.required) continue;
    const value = given[param.name] ?? firstValue(param.name, param.schema);
    if (value !== undefined) params[param.name] = value;
  }
  return params;
}

function firstValue(name: string, schema: { type?: string; anyOf?: { type?: string }[] }): ParamValue {
  const types = [schema.type, ...(schema.anyOf ?? []).map((one) => one.type)];
  if (name === "out_channels") return 32;
  if (name === "kernel_size") return 3;
  if (name === "hidden_size" || name === "out_features") return 64;
  if (name === "num_heads" || name === "nhead") return 4;
  if (name === "num_groups") return 4;
  if (types.includes("integer")) return 1;
  return undefined;
}

/** Places a layer; one of the library's blocks brings its definitions along. */
export function addNode(document: GraphDocument, layer: LayerForm, position: Point): Added {
  const id = freshId("n", document.nodes);
  const { blocks, names } = copyDefinitions(document.blocks, layer.definitions ?? {});
  const block = names.get(blockOf(layer.type) ?? "");
  const node: GraphNode = {
    id,
    name: freeName(takenNames(document), nameOfType(layer.type)),
    type: block ? typeOfBlock(block) : layer.type,
    params: firstParams(layer),
    position,
  };
  return { document: { ...document, blocks, nodes: [...document.nodes, node] }, id };
}

/** Wires an output to an input. A port that takes one lets its old wire go. */
export function connect(
  document: GraphDocument,
  layers: LayerIndex,
  source: PortReference,
  target: PortReference,
): GraphDocument {
  if (!canConnect(document, layers, source, target)) return document;
  const variadic = inputPort(document, layers, findNode(document, target.node), target.port)?.variadic ?? false;
  const there = edgesInto(document, target.node, target.port);
  const edge: GraphEdge = {
    id: freshId("e", document.edges),
    source: source.node,
    source_port: source.port,
    target: target.node,
    target_port: target.port,
  };
  if (variadic) edge.index = Math.max(-1, ...there.map((other) => other.index ?? 0)) + 1;
  const kept = variadic ? document.edges : document.edges.filter((other) => !there.includes(other));
  return { ...document, edges: [...kept, edge] };
}

/** Adds a layer and wires it to what was dragged from. */
export function addConnected(
  document: GraphDocument,
  layers: LayerIndex,
  layer: LayerForm,
  position: Point,
  from: PortReference & { side: "source" | "target"; tensor?: Tensor },
): Added {
  const added = addNode(document, layer, position);
  if (from.side === "source") {
    const input = fittingInput(layer, from.tensor) ?? mainInput(layer);
    if (!input) return added;
    return { ...added, document: connect(added.document, layers, from, { node: added.id, port: input.name }) };
  }
  const output = mainOutput(layer);
  if (!output) return added;
  return { ...added, document: connect(added.document, layers, { node: added.id, port: output.name }, from) };
}

/** Puts a node that has no wires of its own into an edge: source -> node -> target. */
export function spliceIntoEdge(
  document: GraphDocument,
  layers: LayerIndex,
  nodeId: string,
  edgeId: string,
): GraphDocument {
  const edge = findEdge(document, edgeId);
  const node = findNode(document, nodeId);
  const layer = node && formOf(document, layers, node);
  const input = layer && mainInput(layer);
  const output = layer && mainOutput(layer);
  if (!edge || !input || !output || edge.source === nodeId || edge.target === nodeId) return document;
  const first: GraphEdge = {
    id: freshId("e", document.edges),
    source: edge.source,
    source_port: edge.source_port,
    target: nodeId,
    target_port: input.name,
    ...(input.variadic ? { index: 0 } : {}),
  };
  const second: GraphEdge = { ...edge, source: nodeId, source_port: output.name };
  return { ...document, edges: [...document.edges.map((other) => (other === edge ? second : other)), first] };
}

/** Adds a layer in the middle of an edge; what lies below moves down where there is no room. */
export function insertOnEdge(document: GraphDocument, layers: LayerIndex, layer: LayerForm, edgeId: string): Added {
  const edge = findEdge(document, edgeId)!;
  const source = findNode(document, edge.source)!;
  const target = findNode(document, edge.target)!;
  const position: Point = [source.position[0], source.position[1] + ROW];
  const roomed = makeRoom(document, source.position[1], target);
  const added = addNode(roomed, layer, position);
  return { ...added, document: spliceIntoEdge(added.document, layers, added.id, edgeId) };
}

/** The height of a card and the gap below it. */
export const ROW = 64;

/** Moves a node and everything at or below it down by what a new row above it lacks. */
function makeRoom(document: GraphDocument, above: number, below: GraphNode): GraphDocument {
  const lacking = above + 2 * ROW - below.position[1];
  if (lacking <= 0 || below.position[1] <= above) return document;
  const from = below.position[1];
  const moved = (position: Point): Point => (position[1] >= from ? [position[0], position[1] + lacking] : position);
  return {
    ...document,
    nodes: document.nodes.map((node) =>
      node.position[1] >= from ? { ...node, position: moved(node.position) } : node,
    ),
    notes: document.notes.map((note) =>
      note.position[1] >= from ? { ...note, position: moved(note.position) } : note,
    ),
  };
}

/** Makes room at an edge for a node that is already on the canvas, puts it there and wires it in. */
export function dropOnEdge(document: GraphDocument, layers: LayerIndex, nodeId: string, edgeId: string): GraphDocument {
  const edge = findEdge(document, edgeId)!;
  const source = findNode(document, edge.source)!;
  const roomed = makeRoom(document, source.position[1], findNode(document, edge.target)!);
  const placed = moveNodes(roomed, new Map([[nodeId, [source.position[0], source.position[1] + ROW]]]));
  return spliceIntoEdge(placed, layers, nodeId, edgeId);
}

/**
 * Takes nodes away. What fed the main input of a removed node feeds what its main output fed, so that a chain stays a
 * chain; whether the shapes still agree is for the check to say.
 */
export function removeNodes(document: GraphDocument, layers: LayerIndex, ids: ReadonlySet<string>): GraphDocument {
  let current = handOver(document, ids);
  for (const id of ids) current = removeOne(current, layers, id);
  return current;
}

function removeOne(document: GraphDocument, layers: LayerIndex, id: string): GraphDocument {
  const node = findNode(document, id);
  if (!node) return document;
  const layer = formOf(document, layers, node);
  const input = layer && mainInput(layer);
  const output = layer && mainOutput(layer);
  const feeding = input ? edgesInto(document, id, input.name) : [];
  const feed = feeding.length === 1 ? feeding[0] : undefined;
  const without: GraphDocument = { ...document, nodes: document.nodes.filter((other) => other.id !== id) };
  const joined: GraphEdge[] = [];
  for (const edge of document.edges) {
    if (edge.target === id) continue;
    if (edge.source !== id) {
      joined.push(edge);
    } else if (feed && edge.source_port === output?.name) {
      joined.push({ ...edge, source: feed.source, source_port: feed.source_port });
    }
  }
  return { ...without, edges: withoutDoubles(joined) };
}

function withoutDoubles(edges: GraphEdge[]): GraphEdge[] {
  const seen = new Set<string>();
  return edges.filter((edge) => {
    const key = `${edge.source}\n${edge.source_port}\n${edge.target}\n${edge.target_port}`;
    return !seen.has(key) && seen.add(key);
  });
}

export function removeEdges(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  return { ...document, edges: document.edges.filter((edge) => !ids.has(edge.id)) };
}

/** Sets a parameter; `undefined` takes it back to its default. */
export function setParam(document: GraphDocument, id: string, name: string, value: ParamValue): GraphDocument {
  return setParams(document, id, { [name]: value });
}

/** Sets several parameters at once; `undefined` takes one back to its default. */
export function setParams(document: GraphDocument, id: string, values: Record<string, ParamValue>): GraphDocument {
  return withNode(document, id, (node) => {
    const all = Object.entries({ ...node.params, ...values });
    return { ...node, params: Object.fromEntries(all.filter(([, value]) => value !== undefined)) };
  });
}

export function renameNode(document: GraphDocument, id: string, name: string): GraphDocument {
  return withNode(document, id, (node) => ({ ...node, name }));
}

/** Freezes nodes, whose weights then stay as they are in training; where all are frozen, thaws them. */
export function toggleFrozen(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  const freeze = document.nodes.some((node) => ids.has(node.id) && !node.frozen);
  const changed = ({ frozen: _, ...node }: GraphNode): GraphNode => (freeze ? { ...node, frozen: true } : node);
  return { ...document, nodes: document.nodes.map((node) => (ids.has(node.id) ? changed(node) : node)) };
}

/** How often a node stands in a row; once is not written down. */
export function setRepeat(document: GraphDocument, id: string, repeat: number): GraphDocument {
  const changed = ({ repeat: _, ...node }: GraphNode): GraphNode => (repeat > 1 ? { ...node, repeat } : node);
  return { ...document, nodes: document.nodes.map((node) => (node.id === id ? changed(node) : node)) };
}

export function moveNodes(document: GraphDocument, positions: ReadonlyMap<string, Point>): GraphDocument {
  const moved = <T extends { id: string; position: Point }>(item: T): T => {
    const position = positions.get(item.id);
    return position ? { ...item, position } : item;
  };
  return { ...document, nodes: document.nodes.map(moved), notes: document.notes.map(moved) };
}

export function addNote(document: GraphDocument, position: Point): Added {
  const id = freshId("t", document.notes);
  return { document: { ...document, notes: [...document.notes, { id, text: "", position, size: [176, 64] }] }, id };
}

export function setNote(document: GraphDocument, id: string, text: string): GraphDocument {
  return { ...document, notes: document.notes.map((note) => (note.id === id ? { ...note, text } : note)) };
}

export function removeNote(document: GraphDocument, id: string): GraphDocument {
  return { ...document, notes: document.notes.filter((note) => note.id !== id) };
}

/** Where a new layer goes that was not dropped anywhere: below `after`, or below everything. */
export function placeBelow(document: GraphDocument, after: string | null): Point {
  const anchor = after ? findNode(document, after) : lowest(document);
  if (!anchor) return [0, 0];
  const [x, y] = anchor.position;
  let column = x;
  while (
    document.nodes.some(
      (node) => Math.abs(node.position[0] - column) < 200 && Math.abs(node.position[1] - y - ROW) < 44,
    )
  ) {
    column += 224;
  }
  return [column, y + ROW];
}

function lowest(document: GraphDocument): GraphNode | undefined {
  return document.nodes.reduce<GraphNode | undefined>(
    (low, node) => (!low || node.position[1] > low.position[1] ? node : low),
    undefined,
  );
}

/** Adds a layer after a node: into its only outgoing wire, or below it at the end of the chain. */
export function addAfter(document: GraphDocument, layers: LayerIndex, layer: LayerForm, after: string | null): Added {
  const node = after ? findNode(document, after) : undefined;
  const output = node && formOf(document, layers, node)?.outputs[0];
  if (!node || !output || !mainInput(layer)) return addNode(document, layer, placeBelow(document, after));
  const outgoing = edgesOutOf(document, node.id, output.name);
  if (outgoing.length === 1 && mainOutput(layer)) return insertOnEdge(document, layers, layer, outgoing[0]!.id);
  const from = { node: node.id, port: output.name, side: "source" as const };
  return addConnected(document, layers, layer, placeBelow(document, after), from);
}
