/** The settings of a run as their JSON Schema tells them: what each takes, what it starts with, what a person changed. */

import { queryOptions } from "@tanstack/react-query";
import i18next from "i18next";
import { request } from "../api/client";
import type { JsonSchema, ParamForm } from "../graph/catalogue";
import { sameJson } from "../graph/document";

export interface SettingSchema extends JsonSchema {
  title?: string;
  description?: string;
  default?: unknown;
  anyOf?: SettingSchema[];
  properties?: Record<string, SettingSchema>;
  additionalProperties?: JsonSchema | false;
  /** Of the class weights: the losses that take some. */
  "x-losses"?: string[];
}

export interface SettingsSchema {
  properties: Record<string, SettingSchema>;
}

/** The settings as a run has them; what is left out is as the schema's defaults say. */
export type SettingValues = Record<string, unknown>;

/** Settings that belong together; one that is `optional` is off while it is null. */
export interface SettingGroup {
  name: string;
  title: string;
  summary: string;
  optional: boolean;
  params: ParamForm[];
}

export function settingsQuery() {
  return queryOptions({
    queryKey: ["catalogue", "settings", i18next.language],
    queryFn: async ({ signal }) =>
      (await request("GET", "/api/v1/catalogue/settings/", { signal })) as unknown as SettingsSchema,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** A single setting in the form of a parameter; `path` is its place in the settings. */
export function paramOf(name: string, schema: SettingSchema): ParamForm {
  return {
    name,
    label: schema.title ?? name,
    summary: schema.description ?? "",
    schema,
    default: schema.default,
    required: false,
    important: false,
    inferred: false,
  };
}

/** The group of this name; null where the settings have none, or it is no group. */
export function groupOf(schema: SettingsSchema, name: string): SettingGroup | null {
  const own = schema.properties[name];
  const inside = own && insideOf(own);
  if (!own || !inside) return null;
  return {
    name,
    title: own.title ?? name,
    summary: own.description ?? "",
    optional: own.default === null,
    params: Object.entries(inside).map(([param, form]) => paramOf(param, form)),
  };
}

/** What a group holds: its own properties, or those beside the null of one that may be off. */
function insideOf(schema: SettingSchema): Record<string, SettingSchema> | undefined {
  return schema.properties ?? schema.anyOf?.find((part) => part.properties)?.properties;
}

/** Optimizer and schedule are chosen among parts with parameters of their own. */
const PARTS = ["optimizer", "schedule"];

/** A setting without what is as the defaults say; undefined where nothing is left. */
function changesOf(schema: SettingsSchema, name: string, value: unknown): unknown {
  const own = schema.properties[name];
  if (!own || value === undefined || sameJson(value, own.default)) return undefined;
  const inside = PARTS.includes(name) ? undefined : insideOf(own);
  if (!inside || !isRecord(value)) return value;
  const left = Object.entries(value).filter(
    ([key, one]) => inside[key] && one !== undefined && !sameJson(one, inside[key].default),
  );
  return left.length > 0 || own.default === null ? Object.fromEntries(left) : undefined;
}

/** Only what differs from the defaults; what the schema does not know is left out too. */
export function onlyChanged(schema: SettingsSchema, values: SettingValues): SettingValues {
  const changed: SettingValues = {};
  for (const [name, value] of Object.entries(values)) {
    const left = changesOf(schema, name, value);
    if (left !== undefined) changed[name] = left;
  }
  return changed;
}

/** What must be said to come from the settings `before` to those `after`: what is left out of these is a default again. */
export function changesFrom(schema: SettingsSchema, before: SettingValues, after: SettingValues): SettingValues {
  const names = Object.keys(schema.properties).filter((name) => name in before || name in after);
  const valueIn = (values: SettingValues, name: string) => values[name] ?? schema.properties[name]?.default;
  return Object.fromEntries(
    names
      .filter((name) => !sameJson(valueIn(before, name), valueIn(after, name)))
      .map((name) => [name, valueIn(after, name)]),
  );
}

/** How many settings of these names are not as the defaults say. One that is on counts, and each value set in it. */
export function numChanged(schema: SettingsSchema, values: SettingValues, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + numIn(schema, name, values[name]), 0);
}

function numIn(schema: SettingsSchema, name: string, value: unknown): number {
  const changed = changesOf(schema, name, value);
  if (changed === undefined) return 0;
  if (Array.isArray(changed)) return changed.length;
  if (!isRecord(changed) || PARTS.includes(name)) return 1;
  return Object.keys(changed).length + (schema.properties[name]?.default === null ? 1 : 0);
}

/** The settings without those of these names, which are then as the defaults say. */
export function without<Values extends SettingValues>(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name))) as Values;
}

/** One value of a group set, or taken back with undefined. */
export function setIn(values: SettingValues, group: string, name: string, value: unknown): SettingValues {
  const { [name]: _, ...rest } = isRecord(values[group]) ? values[group] : {};
  return { ...values, [group]: value === undefined ? rest : { ...rest, [name]: value } };
}

/**
 * What can still be used of settings that were stored: of a name that the schema knows and of the kind it asks for.
 * A browser may hold those of an older version, or of one that is newer.
 */
export function usable<Values extends SettingValues>(schema: SettingsSchema, values: Values): Values {
  const kept = Object.entries(values).flatMap(([name, value]) => {
    const own = schema.properties[name];
    if (!own || value === undefined) return [];
    if (PARTS.includes(name)) return [[name, value]];
    const inside = insideOf(own);
    if (!inside) return fits(own, value) ? [[name, value]] : [];
    if (value === null) return own.default === null ? [[name, null]] : [];
    if (!isRecord(value)) return [];
    return [
      [name, Object.fromEntries(Object.entries(value).filter(([key, one]) => inside[key] && fits(inside[key], one)))],
    ];
  });
  return Object.fromEntries(kept) as Values;
}

/** Whether a value is of a kind and in the range that the schema allows. */
export function fits(schema: SettingSchema, value: unknown): boolean {
  if (schema.anyOf) return schema.anyOf.some((part) => fits(part, value));
  if (schema.enum) return schema.enum.includes(value);
  switch (schema.type) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "integer":
    case "number":
      return typeof value === "number" && Number.isFinite(value) && inRange(schema, value);
    case "array":
      return Array.isArray(value) && value.every((entry) => !schema.items || fits(schema.items, entry));
    case "object": {
      const entry = schema.additionalProperties;
      return isRecord(value) && (!entry || Object.values(value).every((one) => fits(entry, one)));
    }
    default:
      return true;
  }
}

function inRange(schema: SettingSchema, value: number): boolean {
  if (schema.type === "integer" && !Number.isInteger(value)) return false;
  if (schema.minimum !== undefined && value < schema.minimum) return false;
  if (schema.maximum !== undefined && value > schema.maximum) return false;
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return false;
  return schema.exclusiveMaximum === undefined || value < schema.exclusiveMaximum;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
