/** The answer of the check, and how its parts are said. */

import type { LayerForm } from "./catalogue";
import { type GraphEdge, type GraphNode, isBlockReference, isDataReference, type ParamValue } from "./document";
import type { FixEdit } from "./fixes";
import type { Tensor } from "./wiring";

export type NodeState = "ok" | "error" | "waiting" | "unused";

export interface NodeCheck {
  outputs: Record<string, Tensor>;
  /** The shapes of its own parameters, by torch's names for them; absent where it has none. */
  parameters?: Record<string, number[]>;
  num_parameters: number;
  macs: number;
  activation_bytes: number;
  state: NodeState;
}

export interface Totals {
  num_parameters: number;
  macs: number;
  activation_bytes: number;
}

export interface Fix {
  id: string;
  label: string;
  edits: FixEdit[];
}

export interface Problem {
  code: string;
  severity: "error" | "warning";
  node: string | null;
  param: string | null;
  edge: string | null;
  message: string;
  details?: string | null;
  fixes: Fix[];
}

export interface Check {
  nodes: Record<string, NodeCheck>;
  totals: Totals;
  problems: Problem[];
  hash: string;
}

/** ["B", 1, 28, 28] -> "1×28×28"; a scalar a sample is "1". */
export function shapeText(tensor: Tensor | undefined): string | null {
  if (!tensor) return null;
  const sizes = tensor.shape[0] === "B" ? tensor.shape.slice(1) : tensor.shape;
  return sizes.length === 0 ? "1" : sizes.join("×");
}

export function outputTensor(check: Check | null, edge: GraphEdge): Tensor | undefined {
  return check?.nodes[edge.source]?.outputs[edge.source_port];
}

/** Facts of the data set by the path a parameter refers to: `label.num_classes` -> 10. */
export type Facts = ReadonlyMap<string, unknown>;

/** A parameter's value as a card or field shows it, references looked up. */
export function valueText(value: ParamValue, facts: Facts): string {
  if (isBlockReference(value)) return value.$;
  if (isDataReference(value)) {
    const known = facts.get(value.$data);
    return known === undefined ? value.$data : valueText(known, facts);
  }
  if (Array.isArray(value)) return value.map((entry) => valueText(entry, facts)).join("×");
  if (value === null) return "none";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

const SPATIAL = /kernel_size|^output_size$/;

/** What tells a layer from its like, for the second line of its card: "32, 3×3, /2". */
export function tellingText(node: GraphNode, layer: LayerForm, facts: Facts): string {
  const parts: string[] = [];
  const dimensions = Number(/([123])d$/.exec(layer.type)?.[1] ?? 1);
  for (const name of layer.telling.slice(0, 3)) {
    const param = layer.params.find((one) => one.name === name);
    const value = node.params[name] ?? param?.default;
    if (value === undefined || value === null) continue;
    const changed = node.params[name] !== undefined && JSON.stringify(value) !== JSON.stringify(param?.default);
    if (name === "stride") {
      if (changed && valueText(value, facts) !== "1") parts.push(`/${valueText(value, facts)}`);
    } else if (SPATIAL.test(name) && typeof value === "number") {
      parts.push(Array.from({ length: dimensions }, () => value).join("×"));
    } else if (typeof value === "boolean") {
      if (changed) parts.push(value ? name : `no ${name}`);
    } else if (Array.isArray(value) && name.startsWith("dim")) {
      parts.push(`${name} ${value.join(", ")}`);
    } else if (name === "p" || name === "dim") {
      parts.push(`${name} ${valueText(value, facts)}`);
    } else {
      parts.push(valueText(value, facts));
    }
  }
  return parts.join(", ");
}
