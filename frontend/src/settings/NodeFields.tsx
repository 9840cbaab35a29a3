import { useTranslation } from "react-i18next";
import { DraftInput } from "../editor/inspector/DraftInput";
import { rangeText } from "../editor/inspector/values";
import { fits, isRecord, type SettingSchema, type SettingsSchema, type SettingValues } from "./schema";

interface NodeFieldsProps {
  schema: SettingsSchema;
  /** Names of the nodes that have weights. */
  weighted: readonly string[];
  values: SettingValues;
  onValues: (values: SettingValues) => void;
}

/** A row for each node with weights: whether they stay as they are, else how fast they learn. */
export function NodeFields({ schema, weighted, values, onValues }: NodeFieldsProps) {
  const { t } = useTranslation("settings");
  const { frozen: frozenForm, rates: ratesForm } = schema.properties;
  if (!frozenForm || !ratesForm) return null;
  const frozen = Array.isArray(values.frozen) ? (values.frozen as string[]) : [];
  const rates = isRecord(values.rates) ? (values.rates as Record<string, number>) : {};
  const rateForm: SettingSchema = ratesForm.additionalProperties || {};
  // What was set for a node that is no longer there stays in sight, to be taken back.
  const gone = [...frozen, ...Object.keys(rates)].filter((name) => !weighted.includes(name));
  const names = [...weighted, ...new Set(gone)];
  const setRate = (name: string, rate: number | undefined) => {
    const { [name]: _, ...rest } = rates;
    onValues({ ...values, rates: rate === undefined || rate === 1 ? rest : { ...rest, [name]: rate } });
  };
  const setFrozen = (name: string, isFrozen: boolean) =>
    onValues({ ...values, frozen: isFrozen ? [...frozen, name] : frozen.filter((one) => one !== name) });
  if (names.length === 0) return <p className="xs t3">{t("noWeights")}</p>;
  return (
    <table className="node-settings" data-testid="node-settings">
      <thead>
        <tr>
          <th scope="col">{t("node")}</th>
          <th scope="col" title={frozenForm.description}>
            {t("frozen")} <code>frozen</code>
          </th>
          <th scope="col" title={ratesForm.description}>
            {t("rate")} <code>rates</code>
          </th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row" className="mono sm trunc">
              {name}
              {!weighted.includes(name) && <span className="xs warnc"> {t("gone")}</span>}
            </th>
            <td>
              <input
                type="checkbox"
                className="toggle"
                aria-label={t("frozenOf", { name })}
                checked={frozen.includes(name)}
                onChange={(event) => setFrozen(name, event.target.checked)}
                data-testid={`frozen-${name}`}
              />
            </td>
            <td>
              <DraftInput
                label={t("rateOf", { name })}
                value={rates[name] === undefined ? "" : String(rates[name])}
                placeholder="1"
                read={(text) => (text.trim() !== "" && fits(rateForm, Number(text)) ? Number(text) : undefined)}
                onValue={(rate) => setRate(name, rate)}
                onEmpty={() => setRate(name, undefined)}
                expected={rangeText(rateForm)}
                testId={`rate-${name}`}
                keepWrong
              />
            </td>
          </tr>
        ))}
      </tbody>
      <caption className="xs t3">
        {frozenForm.description} {ratesForm.description}
      </caption>
    </table>
  );
}
