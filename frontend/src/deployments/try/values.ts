import type { ValueSchema } from "../api";

export function isImageSchema(schema: ValueSchema | undefined): boolean {
  return schema?.oneOf?.some((option) => option.format === "byte") ?? false;
}

export function isTextSchema(schema: ValueSchema | undefined): boolean {
  return schema?.contentMediaType === "text/plain";
}

/** Whether the deployment goes on with a prompt instead of answering about a row. */
export function isGenerating(columns: Record<string, ValueSchema>): boolean {
  return isTextSchema(columns.prompt) && columns.max_tokens?.default !== undefined;
}

export function isNumeric(schema: ValueSchema): boolean {
  return [schema.type].flat().includes("number");
}

/**
 * What a field's text stands for: nothing, a number, one of the known values, or the text itself. A column of texts gets
 * it as it was typed; a value that has a default is undefined where nothing is typed, and then not sent.
 */
export function readValue(text: string, schema: ValueSchema): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return schema.default === undefined ? null : undefined;
  if (isTextSchema(schema)) return text;
  if (isNumeric(schema)) return Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
  return schema.examples?.find((known) => String(known) === trimmed) ?? trimmed;
}

export function writtenValue(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
