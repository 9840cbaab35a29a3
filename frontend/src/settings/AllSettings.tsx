import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Problem } from "../ui/Problem";
import { type SettingRow, settingRows } from "./rows";
import { type SettingValues, settingsQuery } from "./schema";
import "./settings.css";

/** All settings of a run besides those that every run is told by: what was changed first, the defaults folded away. */
export function AllSettings({ values }: { values: SettingValues }) {
  const { t } = useTranslation("settings");
  const { data: schema, error } = useQuery(settingsQuery());
  if (!schema) return <Problem error={error} />;
  const rows = settingRows(schema, values);
  const changed = rows.filter((row) => row.changed);
  const plain = rows.filter((row) => !row.changed);
  return (
    <>
      {changed.length > 0 && <Rows rows={changed} testId="settings-changed" />}
      <details className="settings-all" data-testid="settings-all">
        <summary>{t("asDefaults", { count: plain.length })}</summary>
        <Rows rows={plain} testId="settings-defaults" />
      </details>
    </>
  );
}

function Rows({ rows, testId }: { rows: SettingRow[]; testId: string }) {
  const { t } = useTranslation("settings");
  return (
    <dl className="settings more-settings" data-testid={testId}>
      {rows.map((row) => (
        <div key={row.path} data-setting={row.path}>
          <dt>
            {row.group && <span className="t3">{row.group}: </span>}
            {row.label}
          </dt>
          <dd>
            {written(row.value)}
            {row.changed && row.defaultValue !== undefined && (
              <span className="xs t3"> {t("default", { value: written(row.defaultValue) })}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );

  function written(value: unknown): string {
    if (value === null || value === undefined) return t("none");
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : t("none");
    if (typeof value !== "object") return String(value);
    const entries = Object.entries(value).map(([name, one]) => `${name} ${written(one)}`);
    return entries.length > 0 ? entries.join("; ") : t("none");
  }
}
