import type { ValueSchema } from "../api";

export function isImageSchema(schema: ValueSchema | undefined): boolean {
  return schema?.oneOf?.some((option) => option.format === "byte") ?? false;
}

export function isNumeric(schema: ValueSchema): boolean {
  return [schema.type].flat().includes("number");
}

/** What a field's text stands for: nothing, a number, one of the known values, or the text itself. */
export function readValue(text: string, schema: ValueSchema): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (isNumeric(schema)) return Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
  return schema.examples?.find((known) => String(known) === trimmed) ?? trimmed;
}

export function writtenValue(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
