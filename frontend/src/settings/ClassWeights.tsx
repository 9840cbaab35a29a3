import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DraftInput } from "../editor/inspector/DraftInput";
import { fits, isRecord, type SettingSchema, type SettingsSchema, type SettingValues } from "./schema";

interface ClassWeightsProps {
  schema: SettingsSchema;
  /** Names of the outputs whose loss takes weights of classes. */
  outputs: readonly string[];
  values: SettingValues;
  onValues: (values: SettingValues) => void;
}

type Weights = "balanced" | number[];

/** For each output with classes: all alike, balanced, or a number for each class. */
export function ClassWeights({ schema, outputs, values, onValues }: ClassWeightsProps) {
  const form = schema.properties.class_weights;
  if (!form) return null;
  const weights = isRecord(values.class_weights) ? (values.class_weights as Record<string, Weights>) : {};
  const names = [...outputs, ...Object.keys(weights).filter((name) => !outputs.includes(name))];
  const set = (name: string, next: Weights | undefined) => {
    const { [name]: _, ...rest } = weights;
    onValues({ ...values, class_weights: next === undefined ? rest : { ...rest, [name]: next } });
  };
  return (
    <>
      <p className="xs t3 group-summary">{form.description}</p>
      {names.map((name) => (
        <OutputWeights
          key={name}
          name={name}
          gone={!outputs.includes(name)}
          form={form.additionalProperties || {}}
          weights={weights[name]}
          onWeights={(next) => set(name, next)}
        />
      ))}
    </>
  );
}

interface OutputWeightsProps {
  name: string;
  gone: boolean;
  form: SettingSchema;
  weights: Weights | undefined;
  onWeights: (weights: Weights | undefined) => void;
}

function OutputWeights({ name, gone, form, weights, onWeights }: OutputWeightsProps) {
  const { t } = useTranslation("settings");
  // Numbers are chosen before any is typed; until then the weights stay as they were.
  const [typing, setTyping] = useState(false);
  const kind = typing || Array.isArray(weights) ? "numbers" : (weights ?? "alike");
  const read = (text: string) => {
    const numbers = text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number);
    return numbers.length >= 2 && fits(form, numbers) ? numbers : undefined;
  };
  return (
    <div className="param">
      <span className="param-label">
        <span className="mono">{name}</span>
        {gone && <span className="xs warnc"> {t("gone")}</span>}
      </span>
      <select
        className="field"
        aria-label={t("classWeightsOf", { name })}
        value={kind}
        onChange={(event) => {
          setTyping(event.target.value === "numbers");
          onWeights(event.target.value === "balanced" ? "balanced" : undefined);
        }}
        data-testid={`class-weights-${name}`}
      >
        <option value="alike">{t("alike")}</option>
        <option value="balanced">{t("balanced")}</option>
        <option value="numbers">{t("numbers")}</option>
      </select>
      {kind === "numbers" && (
        <div className="wide">
          <DraftInput
            label={t("classWeightsOf", { name })}
            value={Array.isArray(weights) ? weights.join(", ") : ""}
            placeholder="1, 2.5, 1"
            read={read}
            onValue={onWeights}
            onEmpty={() => onWeights(undefined)}
            expected={t("numbersRule")}
            testId={`class-numbers-${name}`}
            keepWrong
          />
          {weights === undefined && (
            <p className="xs warnc" data-testid="class-numbers-empty">
              {t("numbersEmpty")}
            </p>
          )}
        </div>
      )}
    </div>
  );
}
