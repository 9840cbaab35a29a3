/** The parameters of a block: adding, renaming and removing them, with what inside and outside uses them. */

import { blockOf } from "./blocks";
import {
  type BlockDefinition,
  type BlockParam,
  type GraphDocument,
  type GraphNode,
  isBlockReference,
} from "./document";
import { freeName } from "./names";

export const FIRST_VALUES: Record<BlockParam["type"], unknown> = {
  int: 64,
  float: 0.1,
  bool: true,
  str: "",
  ints: [1],
};

function withParams(document: GraphDocument, name: string, params: BlockParam[]): GraphDocument {
  return { ...document, blocks: { ...document.blocks, [name]: { ...document.blocks[name]!, params } } };
}

/** Adds a parameter under `wanted` or the first free name like it. */
export function addBlockParam(
  document: GraphDocument,
  block: string,
  wanted: Partial<BlockParam>,
): { document: GraphDocument; name: string } {
  const { params } = document.blocks[block]!;
  const name = freeName(new Set(params.map((param) => param.name)), wanted.name ?? "width");
  const type = wanted.type ?? "int";
  const param = { name, type, default: wanted.default ?? FIRST_VALUES[type] };
  return { document: withParams(document, block, [...params, param]), name };
}

/** Changes type or default. Another type takes back what the uses had set, since it may not be of that type. */
export function changeBlockParam(
  document: GraphDocument,
  block: string,
  name: string,
  change: Partial<Omit<BlockParam, "name">>,
): GraphDocument {
  const params = document.blocks[block]!.params.map((param) => (param.name === name ? { ...param, ...change } : param));
  const changed = withParams(document, block, params);
  return change.type ? inUses(changed, block, (values) => without(values, name)) : changed;
}

type Values = Record<string, unknown>;

function without(values: Values, name: string): Values {
  const { [name]: _, ...rest } = values;
  return rest;
}

/** The document with the values of every use of a block changed, in the graph and in all blocks. */
function inUses(document: GraphDocument, block: string, change: (values: Values) => Values): GraphDocument {
  const changed = (nodes: GraphNode[]) =>
    nodes.map((node) => (blockOf(node.type) === block ? { ...node, params: change(node.params) } : node));
  const blocks = Object.entries(document.blocks).map(([name, one]) => [name, { ...one, nodes: changed(one.nodes) }]);
  return { ...document, nodes: changed(document.nodes), blocks: Object.fromEntries(blocks) };
}

function inside(block: BlockDefinition, change: (node: GraphNode) => GraphNode): BlockDefinition {
  return { ...block, nodes: block.nodes.map(change) };
}

/** The nodes inside that take a parameter of their block. */
export function nodesUsing(block: BlockDefinition, name: string): GraphNode[] {
  return block.nodes.filter((node) =>
    Object.values(node.params).some((value) => isBlockReference(value) && value.$ === name),
  );
}

export function renameBlockParam(document: GraphDocument, block: string, name: string, wanted: string): GraphDocument {
  const params = document.blocks[block]!.params.map((param) =>
    param.name === name ? { ...param, name: wanted } : param,
  );
  const renamed = inUses(withParams(document, block, params), block, (values) =>
    name in values ? { ...without(values, name), [wanted]: values[name] } : values,
  );
  const definition = inside(renamed.blocks[block]!, (node) => ({
    ...node,
    params: Object.fromEntries(
      Object.entries(node.params).map(([own, value]) =>
        isBlockReference(value) && value.$ === name ? [own, { $: wanted }] : [own, value],
      ),
    ),
  }));
  return { ...renamed, blocks: { ...renamed.blocks, [block]: definition } };
}

/** Takes a parameter away; what used it inside keeps the default as a value of its own. */
export function removeBlockParam(document: GraphDocument, block: string, name: string): GraphDocument {
  const { params } = document.blocks[block]!;
  const value = params.find((param) => param.name === name)?.default;
  const removed = inUses(
    withParams(
      document,
      block,
      params.filter((param) => param.name !== name),
    ),
    block,
    (values) => without(values, name),
  );
  const definition = inside(removed.blocks[block]!, (node) => ({
    ...node,
    params: Object.fromEntries(
      Object.entries(node.params).map(([own, set]) => [own, isBlockReference(set) && set.$ === name ? value : set]),
    ),
  }));
  return { ...removed, blocks: { ...removed.blocks, [block]: definition } };
}
