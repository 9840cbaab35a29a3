/** What the server says about layers, losses and optimizers; the source of palette, cards and forms. */

import type { Blocks } from "./document";

export interface JsonSchema {
  type?: string;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

export interface ParamForm {
  name: string;
  label: string;
  summary: string;
  schema: JsonSchema;
  kind?: string;
  default?: unknown;
  required: boolean;
  important: boolean;
  /** It follows from what arrives and is not asked for. */
  inferred: boolean;
  /** Which axis (batch included) of which input gives it. */
  inferred_from?: { port: string; axis: number } | null;
}

export interface PortForm {
  name: string;
  variadic?: boolean;
  optional?: boolean;
  /** Numbers of axes it takes, batch included; any where empty. */
  ranks?: number[];
  dtypes?: string[];
}

/** Anything with a name, a sentence and parameters: a layer, a loss, an optimizer. */
export interface Form {
  type: string;
  label: string;
  summary: string;
  docs_url?: string;
  /** KaTeX source of what it computes. */
  formula?: string;
  params: ParamForm[];
}

export interface LayerForm extends Form {
  /** Its plain name in the other languages, for the search. */
  aliases?: string[];
  family: string;
  icon: string;
  torch?: string | null;
  inputs: PortForm[];
  outputs: PortForm[];
  /** The parameter that says how many outputs there are (a number, or a list with an entry each): `output_0`, ... */
  counted?: string | null;
  /** The parameters a card shows. */
  telling: string[];
  /** Of an Output: the losses, which decide its inputs. */
  losses?: LossForm[];
  /** Of a block of the library: what placing it copies into the document, itself included. */
  definitions?: Blocks;
}

export interface LossForm extends Form {
  formula: string;
  /** Which metrics read its answers; none where empty. */
  tasks: string[];
  /** The input ports that an Output with this loss has. */
  inputs: string[];
  /** Whether it compares them with a target; then there is a port `target` too, which may stay empty. */
  target: boolean;
}

export interface ScheduleForm extends Form {
  formula: string;
  /** How often it must be stepped, or null where that may be chosen. */
  every: "epoch" | "step" | null;
}

export interface MetricForm {
  type: string;
  label: string;
  summary: string;
  tasks: string[];
}

export interface EncoderForm {
  kind: string;
  params: ParamForm[];
}

export interface Catalogue {
  layers: LayerForm[];
  families: { id: string; label: string }[];
  losses: LossForm[];
  optimizers: Form[];
  schedules: ScheduleForm[];
  metrics: MetricForm[];
  /** By kind of column, how its values become numbers. */
  encoders?: EncoderForm[];
  /** The blocks that come along, each in the form of a layer. */
  blocks?: LayerForm[];
}

export type LayerIndex = ReadonlyMap<string, LayerForm>;

/** Layers and library blocks by type. What a node of a document is, `formOf` says. */
export function indexLayers(catalogue: Catalogue): LayerIndex {
  const layers = catalogue.layers.map((layer) =>
    layer.type === "Output" ? { ...layer, losses: catalogue.losses } : layer,
  );
  return new Map([...layers, ...(catalogue.blocks ?? [])].map((layer) => [layer.type, layer]));
}

/** The first port a wire would take when a layer is put into a chain; null where there is none (an Input, an Output). */
export function mainInput(layer: LayerForm): PortForm | null {
  return layer.inputs[0] ?? null;
}

export function mainOutput(layer: LayerForm): PortForm | null {
  return layer.outputs[0] ?? null;
}
