/** Definitions of blocks: what a document holds of them, who uses them, and taking them from one document to another. */

import type { JsonSchema, LayerForm, LayerIndex, ParamForm } from "./catalogue";
import {
  type BlockDefinition,
  type BlockParam,
  type Blocks,
  type GraphDocument,
  type GraphNode,
  sameJson,
} from "./document";
import { freeName } from "./names";

const PREFIX = "block:";

/** The definition that a node uses; null for a layer. */
export function blockOf(type: string): string | null {
  return type.startsWith(PREFIX) ? type.slice(PREFIX.length) : null;
}

export function typeOfBlock(name: string): string {
  return PREFIX + name;
}

/** The ports of one side, in the order of their nodes' ids, as the generated class has them. */
export function portNames(definition: BlockDefinition, type: "BlockInput" | "BlockOutput"): string[] {
  const ports = definition.nodes.filter((node) => node.type === type);
  return ports.sort((a, b) => (a.id < b.id ? -1 : 1)).map((node) => node.name);
}

const SCHEMAS: Record<BlockParam["type"], JsonSchema> = {
  int: { type: "integer" },
  float: { type: "number" },
  bool: { type: "boolean" },
  str: { type: "string" },
  ints: { type: "array", items: { type: "integer" } },
};

function paramForm(param: BlockParam, known: ParamForm | undefined): ParamForm {
  const words = known ?? { label: param.name, summary: "", important: true };
  return {
    ...words,
    name: param.name,
    schema: SCHEMAS[param.type],
    default: param.default,
    required: false,
    inferred: false,
  };
}

const forms = new WeakMap<BlockDefinition, Map<string, { layers: LayerIndex; form: LayerForm }>>();

/** A definition as a layer: what its cards, its ports and the form of its uses are made from. */
export function blockForm(blocks: Blocks, layers: LayerIndex, name: string): LayerForm | undefined {
  const definition = blocks[name];
  if (!definition) return undefined;
  const byName = forms.get(definition) ?? new Map();
  forms.set(definition, byName);
  const known = byName.get(name);
  if (known?.layers === layers) return known.form;
  const { definitions: _, ...library } = layers.get(typeOfBlock(name)) ?? { params: [], definitions: {} };
  const form: LayerForm = {
    label: name,
    summary: "",
    icon: "block",
    ...library,
    type: typeOfBlock(name),
    family: "block",
    inputs: portNames(definition, "BlockInput").map((port) => ({ name: port })),
    outputs: portNames(definition, "BlockOutput").map((port) => ({ name: port })),
    params: definition.params.map((param) =>
      paramForm(
        param,
        library.params.find((one) => one.name === param.name),
      ),
    ),
    telling: definition.params.slice(0, 2).map((param) => param.name),
  };
  byName.set(name, { layers, form });
  return form;
}

function usedIn(nodes: readonly GraphNode[]): string[] {
  return nodes.flatMap((node) => blockOf(node.type) ?? []);
}

/** How many nodes of the document, in blocks too, use a definition. */
export function countUses(document: GraphDocument, name: string): number {
  const all = [document.nodes, ...Object.values(document.blocks).map((block) => block.nodes)];
  return all.reduce((sum, nodes) => sum + usedIn(nodes).filter((one) => one === name).length, 0);
}

/** A block and all that are used inside it, at any depth. */
export function withUsed(blocks: Blocks, names: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const open = [...names];
  while (open.length > 0) {
    const name = open.pop()!;
    if (found.has(name) || !blocks[name]) continue;
    found.add(name);
    open.push(...usedIn(blocks[name].nodes));
  }
  return found;
}

/** Whether a node of the type may stand in the graph: ports of blocks inside, data outside, no block in itself. */
export function mayStand(document: GraphDocument, type: string): boolean {
  if (type === "Input" || type === "Output") return !document.inside;
  if (type === "BlockInput" || type === "BlockOutput") return !!document.inside;
  const block = blockOf(type);
  if (block === null) return true;
  const reached = withUsed(document.blocks, [block]);
  return reached.size > 0 && !document.inside?.names.some((name) => reached.has(name));
}

/** The definitions that no node uses, in the graph or in a block. */
export function unusedBlocks(document: GraphDocument): string[] {
  return Object.keys(document.blocks).filter((name) => countUses(document, name) === 0);
}

/** Without a definition that nothing uses. */
export function removeBlock(document: GraphDocument, name: string): GraphDocument {
  const { [name]: _, ...blocks } = document.blocks;
  return { ...document, blocks };
}

function withTypes(definition: BlockDefinition, names: ReadonlyMap<string, string>): BlockDefinition {
  return { ...definition, nodes: definition.nodes.map((node) => withType(node, names)) };
}

/** The node with the definition it uses under its new name. */
export function withType(node: GraphNode, names: ReadonlyMap<string, string>): GraphNode {
  const name = names.get(blockOf(node.type) ?? "");
  return name && name !== blockOf(node.type) ? { ...node, type: typeOfBlock(name) } : node;
}

/** Takes definitions over: one that is there already is used, another of the same name gets a free one. */
export function copyDefinitions(
  blocks: Blocks,
  incoming: Blocks,
): { blocks: Blocks; names: ReadonlyMap<string, string> } {
  let all = blocks;
  const names = new Map<string, string>();
  const copy = (name: string): void => {
    if (names.has(name) || !incoming[name]) return;
    for (const used of usedIn(incoming[name].nodes)) copy(used);
    const definition = withTypes(incoming[name], names);
    const there = all[name] && sameJson(all[name], definition) ? name : undefined;
    const equal = there ?? Object.keys(all).find((own) => sameJson(all[own], definition));
    const taken = equal ?? freeName(new Set(Object.keys(all)), name);
    names.set(name, taken);
    if (!equal) all = { ...all, [taken]: definition };
  };
  for (const name of Object.keys(incoming)) copy(name);
  return { blocks: all, names };
}

/** Gives a definition another name, wherever it is used. */
export function renameBlock(document: GraphDocument, name: string, wanted: string): GraphDocument {
  const names = new Map([[name, wanted]]);
  const blocks = Object.fromEntries(
    Object.entries(document.blocks).map(([own, block]) => [own === name ? wanted : own, withTypes(block, names)]),
  );
  return { ...document, blocks, nodes: document.nodes.map((node) => withType(node, names)) };
}

/** Gives one use a definition of its own, a copy under a free name. */
export function makeUnique(document: GraphDocument, id: string): GraphDocument {
  const name = blockOf(document.nodes.find((node) => node.id === id)?.type ?? "") ?? "";
  const definition = document.blocks[name];
  if (!definition) return document;
  const copy = freeName(new Set(Object.keys(document.blocks)), name);
  const nodes = document.nodes.map((node) => (node.id === id ? { ...node, type: typeOfBlock(copy) } : node));
  return { ...document, nodes, blocks: { ...document.blocks, [copy]: { ...definition } } };
}
