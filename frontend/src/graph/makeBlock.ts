/** Making a block of chosen nodes, and taking a block apart again. */

import { blockOf, typeOfBlock } from "./blocks";
import type { LayerIndex } from "./catalogue";
import {
  type BlockDefinition,
  edgesInto,
  edgesOutOf,
  freshId,
  type GraphDocument,
  type GraphEdge,
  type GraphNode,
  isBlockReference,
  type ParamValue,
  type Point,
} from "./document";
import { type Added, ROW } from "./edits";
import { freeName, nameOfType, takenNames } from "./names";
import { formOf } from "./ports";
import { withOwners } from "./sharing";
import { stream } from "./walk";

/** Why chosen nodes cannot be a block. */
export type BlockRefusal = "empty" | "inputOutput" | "ports" | "path" | "shares";

/** What is against making a block of the nodes, or null. */
export function blockRefusal(document: GraphDocument, ids: ReadonlySet<string>): BlockRefusal | null {
  const chosen = document.nodes.filter((node) => ids.has(node.id));
  if (chosen.length === 0) return "empty";
  if (chosen.some((node) => node.type === "Input" || node.type === "Output")) return "inputOutput";
  if (chosen.some((node) => node.type === "BlockInput" || node.type === "BlockOutput")) return "ports";
  const reach = (direction: "up" | "down") => new Set([...ids].flatMap((id) => [...stream(document, id, direction)]));
  const below = reach("down");
  if ([...reach("up")].some((id) => below.has(id) && !ids.has(id))) return "path";
  const apart = (node: GraphNode) => owners(node).some((owner) => ids.has(owner) !== ids.has(node.id));
  return document.nodes.some(apart) ? "shares" : null;
}

/** The nodes whose weights a node uses. */
function owners(node: GraphNode): string[] {
  return [...(node.shares ? [node.shares] : []), ...Object.values(node.ties ?? {}).map(([owner]) => owner)];
}

/** A port to be: the end inside that it belongs to, and the wires outside. */
interface Port {
  name: string;
  ends: { node: string; port: string; index?: number }[];
  outside: GraphEdge[];
}

/** Puts the chosen nodes into a block of that name and its use in their place. Ask `blockRefusal` first. */
export function makeBlock(
  document: GraphDocument,
  layers: LayerIndex,
  ids: ReadonlySet<string>,
  blockName: string,
): Added {
  const chosen = document.nodes.filter((node) => ids.has(node.id));
  const within = document.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const inputs = inputPorts(document, layers, chosen, ids);
  const outputs = outputPorts(document, layers, chosen, ids);
  const definition = define(document, chosen, within, inputs, outputs);
  const others = document.nodes.filter((node) => !ids.has(node.id));
  const id = freshId("n", document.nodes);
  const taken = new Set(others.map((node) => node.name));
  const use: GraphNode = {
    id,
    name: freeName(taken, nameOfType(blockName)),
    type: typeOfBlock(blockName),
    params: Object.fromEntries(definition.params.map(({ name }) => [name, { $: name }])),
    position: topOf(chosen),
  };
  const edges = document.edges.filter((edge) => !ids.has(edge.source) && !ids.has(edge.target));
  for (const port of inputs) {
    const [wire] = port.outside;
    if (!wire) continue;
    const { source, source_port } = wire;
    edges.push({ id: wire.id, source, source_port, target: id, target_port: port.name });
  }
  for (const port of outputs) {
    for (const wire of port.outside) edges.push({ ...wire, source: id, source_port: port.name });
  }
  const blocks = { ...document.blocks, [blockName]: definition };
  return { document: { ...document, blocks, nodes: [...others, use], edges }, id };
}

function topOf(nodes: readonly GraphNode[]): Point {
  return nodes.reduce((top, node) => (node.position[1] < top.position[1] ? node : top)).position;
}

/** A port for each thing that comes in: one wire of the outside may feed several nodes. Without any, the loose inputs. */
function inputPorts(
  document: GraphDocument,
  layers: LayerIndex,
  chosen: readonly GraphNode[],
  ids: ReadonlySet<string>,
): Port[] {
  const crossing = chosen.flatMap((node) => edgesInto(document, node.id).filter((edge) => !ids.has(edge.source)));
  const groups = group(crossing, (edge) => `${edge.source}\n${edge.source_port}`).map((outside) => ({
    wanted: nameOf(document, outside[0]!.source),
    ends: outside.map(({ target, target_port, index }) => ({ node: target, port: target_port, index })),
    outside,
  }));
  const loose = chosen.flatMap((node) =>
    (formOf(document, layers, node)?.inputs ?? [])
      .filter((port) => !port.optional && edgesInto(document, node.id, port.name).length === 0)
      .map((port) => ({
        wanted: port.name,
        ends: [{ node: node.id, port: port.name, index: port.variadic ? 0 : undefined }],
        outside: [],
      })),
  );
  return named([...groups, ...loose], "input", chosen);
}

/** A port for each thing that goes out; without any, what the last nodes give. */
function outputPorts(
  document: GraphDocument,
  layers: LayerIndex,
  chosen: readonly GraphNode[],
  ids: ReadonlySet<string>,
): Port[] {
  const crossing = chosen.flatMap((node) => edgesOutOf(document, node.id).filter((edge) => !ids.has(edge.target)));
  const groups = group(crossing, (edge) => `${edge.source}\n${edge.source_port}`).map((outside) => ({
    wanted: nameOf(document, outside[0]!.source),
    ends: [{ node: outside[0]!.source, port: outside[0]!.source_port }],
    outside,
  }));
  const loose = chosen.flatMap((node) => {
    const port = formOf(document, layers, node)?.outputs[0];
    if (!port || edgesOutOf(document, node.id).length > 0) return [];
    return [{ wanted: node.name, ends: [{ node: node.id, port: port.name }], outside: [] }];
  });
  return named([...groups, ...loose], "output", [...chosen, { name: "input" }]);
}

function nameOf(document: GraphDocument, id: string): string {
  return document.nodes.find((node) => node.id === id)?.name ?? "port";
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

/** The only port is "input" or "output"; several are named after what they carry. */
function named(
  ports: (Omit<Port, "name"> & { wanted: string })[],
  only: string,
  taken: readonly { name: string }[],
): Port[] {
  const names = new Set(taken.map((one) => one.name));
  return ports.map(({ wanted, ...port }) => {
    const base =
      ports.length === 1 ? only : names.has(wanted) ? `${wanted}_${only === "input" ? "in" : "out"}` : wanted;
    const name = freeName(names, base);
    names.add(name);
    return { ...port, name };
  });
}

function define(
  document: GraphDocument,
  chosen: readonly GraphNode[],
  within: readonly GraphEdge[],
  inputs: readonly Port[],
  outputs: readonly Port[],
): BlockDefinition {
  const nodes = [...chosen];
  const edges = [...within];
  const place = new Map(chosen.map((node) => [node.id, node.position]));
  const top = Math.min(...chosen.map((node) => node.position[1]));
  const bottom = Math.max(...chosen.map((node) => node.position[1]));
  const free = (wanted: number, y: number) => {
    let x = wanted;
    while (nodes.some((node) => node.position[1] === y && Math.abs(node.position[0] - x) < 200)) x += 224;
    return x;
  };
  for (const { name, ends } of inputs) {
    const id = freshId("n", [...document.nodes, ...nodes]);
    const y = top - ROW;
    nodes.push({ id, name, type: "BlockInput", params: {}, position: [free(place.get(ends[0]!.node)![0], y), y] });
    for (const end of ends) {
      const wire = { id: freshId("e", edges), source: id, source_port: "output", target: end.node };
      edges.push({ ...wire, target_port: end.port, ...(end.index === undefined ? {} : { index: end.index }) });
    }
  }
  for (const { name, ends } of outputs) {
    const id = freshId("n", [...document.nodes, ...nodes]);
    const [end] = ends;
    const y = bottom + ROW;
    nodes.push({ id, name, type: "BlockOutput", params: {}, position: [free(place.get(end!.node)![0], y), y] });
    const wire = { id: freshId("e", edges), source: end!.node, source_port: end!.port };
    edges.push({ ...wire, target: id, target_port: "input" });
  }
  const referred = new Set(
    chosen.flatMap((node) => Object.values(node.params).filter(isBlockReference)).map((r) => r.$),
  );
  return { params: (document.inside?.params ?? []).filter((param) => referred.has(param.name)), nodes, edges };
}

/** Why a use cannot be taken apart. */
export type DissolveRefusal = "notBlock" | "repeated" | "shared";

export function dissolveRefusal(document: GraphDocument, id: string): DissolveRefusal | null {
  const node = document.nodes.find((one) => one.id === id);
  if (!node || !document.blocks[blockOf(node.type) ?? ""]) return "notBlock";
  if (node.repeat) return "repeated";
  const others = document.nodes.some((one) => owners(one).includes(id));
  return node.shares || node.ties || others ? "shared" : null;
}

/** Puts the nodes of a block in the place of one use, its parameters filled in. Ask `dissolveRefusal` first. */
export function dissolveBlock(document: GraphDocument, id: string): { document: GraphDocument; ids: Set<string> } {
  const use = document.nodes.find((node) => node.id === id)!;
  const block = document.blocks[blockOf(use.type)!]!;
  const inner = block.nodes.filter((node) => node.type !== "BlockInput" && node.type !== "BlockOutput");
  const others = document.nodes.filter((node) => node.id !== id);
  const names = takenNames({ ...document, nodes: others });
  const values = new Map<string, ParamValue>(
    block.params.map((param) => [param.name, use.params[param.name] ?? param.default]),
  );
  const origin: Point = [
    Math.min(...inner.map((node) => node.position[0])),
    Math.min(...inner.map((node) => node.position[1])),
  ];
  const lacking = Math.max(0, Math.max(...inner.map((node) => node.position[1])) - origin[1]);
  const nodes = others.map((node) => (node.position[1] > use.position[1] ? movedDown(node, lacking) : node));
  const ids = new Map<string, string>();
  for (const node of inner)
    ids.set(node.id, freshId("n", [...document.nodes, ...[...ids.values()].map((i) => ({ id: i }))]));
  for (const node of inner) {
    const name = freeName(names, node.name);
    names.add(name);
    const [x, y] = node.position;
    nodes.push({
      ...withOwners(node, ids),
      ...(use.frozen ? { frozen: true } : {}),
      id: ids.get(node.id)!,
      name,
      params: filledIn(node.params, values),
      position: [use.position[0] + x - origin[0], use.position[1] + y - origin[1]],
    });
  }
  const edges = joinThrough(document, use, block, ids);
  return { document: { ...document, nodes, edges }, ids: new Set(ids.values()) };
}

function movedDown(node: GraphNode, by: number): GraphNode {
  return { ...node, position: [node.position[0], node.position[1] + by] };
}

/** Parameters with those of the block put in. */
function filledIn(
  params: Record<string, ParamValue>,
  values: ReadonlyMap<string, ParamValue>,
): Record<string, ParamValue> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, isBlockReference(value) ? values.get(value.$) : value]),
  );
}

interface End {
  node: string;
  port: string;
}

/** The wires after a use has become its nodes: what went into a port goes to what the port fed inside. */
function joinThrough(
  document: GraphDocument,
  use: GraphNode,
  block: BlockDefinition,
  ids: ReadonlyMap<string, string>,
): GraphEdge[] {
  const ports = new Map(block.nodes.map((node) => [node.id, node]));
  const feeding = (port: string): End | null => {
    const wire = edgesInto(document, use.id, port)[0];
    return wire ? { node: wire.source, port: wire.source_port } : null;
  };
  /** Where a wire inside comes from, seen from outside. */
  const origin = (edge: GraphEdge): End | null => {
    const source = ports.get(edge.source);
    if (source?.type === "BlockInput") return feeding(source.name);
    const node = ids.get(edge.source);
    return node ? { node, port: edge.source_port } : null;
  };
  const edges = document.edges.filter((edge) => edge.source !== use.id && edge.target !== use.id);
  const add = (from: End | null, to: Omit<GraphEdge, "id" | "source" | "source_port">) => {
    if (from)
      edges.push({ id: freshId("e", [...document.edges, ...edges]), source: from.node, source_port: from.port, ...to });
  };
  for (const edge of block.edges) {
    const { id: _, source: __, source_port: ___, ...to } = edge;
    const target = ports.get(edge.target);
    if (target?.type !== "BlockOutput") {
      add(origin(edge), { ...to, target: ids.get(edge.target) ?? edge.target });
      continue;
    }
    for (const wire of edgesOutOf(document, use.id, target.name)) {
      const { id: _id, source: _source, source_port: _port, ...outside } = wire;
      add(origin(edge), outside);
    }
  }
  return edges;
}
