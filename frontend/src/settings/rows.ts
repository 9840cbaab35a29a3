import { sameJson } from "../graph/document";
import { groupOf, isRecord, type SettingsSchema, type SettingValues } from "./schema";

/** One setting of a run to be read. */
export interface SettingRow {
  /** Its place in the settings: `gradients.clip_norm`. */
  path: string;
  /** The name of the group that it is in, or null. */
  group: string | null;
  label: string;
  value: unknown;
  /** Absent where a default would say nothing, such as that of a group that is off. */
  defaultValue?: unknown;
  changed: boolean;
}

/** Told at the head of a run's settings. */
const TOLD = ["epochs", "batch_size", "optimizer", "schedule", "seed"];

/** Every setting with its value, in the order of the schema; a group that is off is one row. */
export function settingRows(schema: SettingsSchema, values: SettingValues): SettingRow[] {
  return Object.entries(schema.properties).flatMap(([name, own]): SettingRow[] => {
    if (TOLD.includes(name)) return [];
    const value = values[name] ?? own.default;
    const group = groupOf(schema, name);
    const label = own.title ?? name;
    if (!group) {
      const row = { path: name, group: null, label, value, changed: !sameJson(value, own.default) };
      return [isRecord(own.default) || Array.isArray(own.default) ? row : { ...row, defaultValue: own.default }];
    }
    if (!isRecord(value)) return [{ path: name, group: null, label, value: null, changed: false }];
    return group.params.map((param) => {
      const set = param.name in value ? value[param.name] : param.default;
      return {
        path: `${name}.${param.name}`,
        group: group.title,
        label: param.label,
        value: set,
        // All of a group that is on by choice is said: that it is on is the change.
        ...(group.optional && sameJson(set, param.default) ? {} : { defaultValue: param.default }),
        changed: group.optional || !sameJson(set, param.default),
      };
    });
  });
}
