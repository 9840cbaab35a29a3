/** What kind of field a parameter's schema asks for, and reading what was typed into it. */

import type { JsonSchema, ParamForm } from "../../graph/catalogue";
import type { BlockParam } from "../../graph/document";

export type FieldKind = "switch" | "choice" | "tuple" | "number" | "names" | "text";

export interface FieldShape {
  kind: FieldKind;
  integer: boolean;
  /** Words it takes besides numbers, or alone. */
  words: string[];
  nullable: boolean;
  /** How many numbers a tuple has; null where that is open. */
  length: number | null;
  /** One number may stand for all of a tuple. */
  scalar: boolean;
  limits: JsonSchema;
}

export function fieldShape(schema: JsonSchema): FieldShape {
  const parts = schema.anyOf ?? [schema];
  const number = parts.find((part) => part.type === "integer" || part.type === "number");
  const array = parts.find((part) => part.type === "array");
  const words = parts.flatMap((part) => (part.enum ?? []).filter((word): word is string => typeof word === "string"));
  const shape = {
    integer: number?.type === "integer" || array?.items?.type === "integer",
    words,
    nullable: parts.some((part) => part.type === "null"),
    length: array?.minItems !== undefined && array.minItems === array.maxItems ? array.minItems : null,
    scalar: number !== undefined && array !== undefined,
    limits: number ?? array?.items ?? {},
  };
  if (parts.some((part) => part.type === "boolean")) return { ...shape, kind: "switch" };
  if (array?.items?.type === "string") return { ...shape, kind: "names" };
  if (array) return { ...shape, kind: "tuple" };
  if (number) return { ...shape, kind: "number" };
  return { ...shape, kind: words.length > 0 ? "choice" : "text" };
}

function inLimits(value: number, limits: JsonSchema): boolean {
  return (
    value >= (limits.minimum ?? Number.NEGATIVE_INFINITY) &&
    value <= (limits.maximum ?? Number.POSITIVE_INFINITY) &&
    value > (limits.exclusiveMinimum ?? Number.NEGATIVE_INFINITY) &&
    value < (limits.exclusiveMaximum ?? Number.POSITIVE_INFINITY)
  );
}

/** The number in a text, or null where it is none or out of range. */
export function readNumber(text: string, shape: FieldShape): number | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const value = Number(trimmed);
  if (!Number.isFinite(value) || (shape.integer && !Number.isInteger(value))) return null;
  return inLimits(value, shape.limits) ? value : null;
}

/** Numbers separated by commas, spaces or ×. */
export function readNumbers(text: string, shape: FieldShape): number[] | null {
  const parts = text.split(/[\s,×x]+/).filter(Boolean);
  const numbers = parts.map((part) => readNumber(part, shape));
  return numbers.length > 0 && numbers.every((value) => value !== null) ? numbers : null;
}

/** The range in words: "1 or more", "0 to 1". */
export function rangeText(limits: JsonSchema): string {
  const low = limits.minimum ?? limits.exclusiveMinimum;
  const high = limits.maximum ?? limits.exclusiveMaximum;
  if (low !== undefined && high !== undefined) return `${low} – ${high}`;
  if (low !== undefined) return limits.exclusiveMinimum !== undefined ? `> ${low}` : `≥ ${low}`;
  return high === undefined ? "" : `≤ ${high}`;
}

/** Parameters as a form shows them: the important ones and those that were set first, the others folded away. */
export function splitParams(
  params: ParamForm[],
  set: Record<string, unknown>,
): { shown: ParamForm[]; folded: ParamForm[] } {
  const own = params.filter((param) => !param.inferred);
  const isShown = (param: ParamForm) => param.important || param.required || param.name in set;
  return { shown: own.filter(isShown), folded: own.filter((param) => !isShown(param)) };
}

const KINDS: Record<string, readonly string[]> = {
  int: ["int"],
  float: ["int", "float"],
  bool: ["bool"],
  ints: ["int", "ints"],
  choice: ["str"],
  text: ["str"],
};

/** Whether a parameter of a block is of a type that a parameter of a layer takes. */
export function fitsParam(block: BlockParam, param: ParamForm): boolean {
  return KINDS[param.kind ?? ""]?.includes(block.type) ?? false;
}
