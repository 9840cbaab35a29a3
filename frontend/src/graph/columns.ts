/** What an Input and an Output say of the data set: columns, the settings of their encoder, the next token. */

import type { MetricForm } from "./catalogue";
import type { GraphDocument, GraphNode } from "./document";
import { setParams } from "./edits";

interface KnownColumn {
  name: string;
  kind: string;
}

/** What can be measured where every step of a text has an answer. */
const OF_NEXT_TOKEN: readonly string[] = ["perplexity", "accuracy"];

export function columnsOf(node: GraphNode): string[] {
  return (node.params.columns as string[] | undefined) ?? [];
}

export function encoderOf(node: GraphNode): Record<string, unknown> {
  return (node.params.encoder as Record<string, unknown> | undefined) ?? {};
}

/** The kind that all columns of an Input have; undefined where they are none or mixed. */
export function kindOf(node: GraphNode, columns: readonly KnownColumn[]): string | undefined {
  const kinds = new Set(columnsOf(node).map((name) => columns.find((column) => column.name === name)?.kind));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** Other columns at an Input. Shape and type follow from them; the settings of an encoder stay with their kind. */
export function setColumns(
  document: GraphDocument,
  node: GraphNode,
  names: string[],
  columns: readonly KnownColumn[],
): GraphDocument {
  const next = { ...node, params: { ...node.params, columns: names } };
  const encoder = kindOf(next, columns) === kindOf(node, columns) ? node.params.encoder : undefined;
  const chosen = names.length > 0 ? names : undefined;
  return setParams(document, node.id, { columns: chosen, encoder, shape: undefined, dtype: undefined });
}

/** A setting of an Input's encoder; `undefined` takes it back to its default. Shape and type follow from it. */
export function setEncoder(document: GraphDocument, node: GraphNode, name: string, value: unknown): GraphDocument {
  const { [name]: _, ...rest } = encoderOf(node);
  const next = value === undefined ? rest : { ...rest, [name]: value };
  const encoder = Object.keys(next).length > 0 ? next : undefined;
  return setParams(document, node.id, { encoder, shape: undefined, dtype: undefined });
}

export function learnsNextToken(node: GraphNode): boolean {
  return node.params.target === "next_token";
}

/** Whether the graph reads a text whose next token can be learned; without a data set it may. */
export function readsText(document: GraphDocument, columns: readonly KnownColumn[]): boolean {
  if (columns.length === 0) return true;
  return document.nodes.some((node) => node.type === "Input" && kindOf(node, columns) === "text");
}

/** Another target at an Output: a column, the next token, or nothing yet. */
export function setTarget(
  document: GraphDocument,
  node: GraphNode,
  target: { column: string } | "next_token" | undefined,
): GraphDocument {
  if (target !== "next_token") {
    return setParams(document, node.id, { columns: target && [target.column], target: undefined });
  }
  const measured = ((node.params.metrics as string[] | undefined) ?? []).filter((type) => OF_NEXT_TOKEN.includes(type));
  const metrics = measured.length > 0 ? measured : undefined;
  return setParams(document, node.id, { columns: undefined, target, metrics });
}

/** Whether an Output with this target can be measured so. */
export function fitsTarget(metric: MetricForm, node: GraphNode): boolean {
  return !learnsNextToken(node) || OF_NEXT_TOKEN.includes(metric.type);
}
