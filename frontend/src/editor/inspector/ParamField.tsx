import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { ParamForm } from "../../graph/catalogue";
import { type Facts, valueText } from "../../graph/check";
import { type BlockParam, isBlockReference, isDataReference } from "../../graph/document";
import { Icon } from "../../ui/Icon";
import { DraftInput } from "./DraftInput";
import { type FieldShape, fieldShape, rangeText, readNumber, readNumbers } from "./values";

interface ParamFieldProps {
  param: ParamForm;
  /** What is set; undefined means the default. */
  value: unknown;
  facts: Facts;
  /** The parameters of the open block that it may take its value from. */
  blockParams?: readonly BlockParam[];
  /** `undefined` takes it back to the default. */
  onChange: (value: unknown) => void;
  /** The end of typing. */
  onDone: () => void;
  bad?: boolean;
  /** Keeps a text that cannot be taken, marked, until it can. */
  keepWrong?: boolean;
}

/** One parameter: its plain name, torch's name, the field, the default where it was changed, its sentence. */
export function ParamField({
  param,
  value,
  facts,
  blockParams = [],
  onChange,
  onDone,
  bad,
  keepWrong,
}: ParamFieldProps) {
  const { t } = useTranslation("editor");
  const id = useId();
  const changed = value !== undefined && !param.required && JSON.stringify(value) !== JSON.stringify(param.default);
  return (
    <div className="param">
      <label htmlFor={id}>
        {param.label}
        {param.label !== param.name && <code>{param.name}</code>}
      </label>
      {isBlockReference(value) ? (
        <button
          type="button"
          className="field from-data"
          title={t("blocks.own")}
          onClick={() => onChange(blockParams.find((one) => one.name === value.$)?.default)}
          data-testid={`from-block-${param.name}`}
        >
          <Icon name="block" size={12} />
          {value.$}
        </button>
      ) : isDataReference(value) ? (
        <FromData path={value.$data} facts={facts} onRelease={(fact) => onChange(fact)} />
      ) : (
        <Control
          id={id}
          param={param}
          value={value}
          onChange={onChange}
          onDone={onDone}
          bad={bad}
          keepWrong={keepWrong}
        />
      )}
      <p className="hint">
        {param.summary && <span>{param.summary}</span>}
        {!isBlockReference(value) &&
          blockParams.map((one) => (
            <button
              key={one.name}
              type="button"
              className="to-default"
              title={t("blocks.use")}
              onClick={() => onChange({ $: one.name })}
              data-testid={`take-${one.name}-${param.name}`}
            >
              {t("blocks.takes", { name: one.name })}
            </button>
          ))}
        {changed && !isBlockReference(value) && (
          <button
            type="button"
            className="to-default"
            onClick={() => onChange(undefined)}
            title={t("inspector.toDefault")}
          >
            {t("inspector.default", {
              value: param.default === null ? t("inspector.none") : valueText(param.default, facts),
            })}
          </button>
        )}
      </p>
    </div>
  );
}

/** A value that follows the data set; a click takes it in hand. */
function FromData({ path, facts, onRelease }: { path: string; facts: Facts; onRelease: (fact: unknown) => void }) {
  const { t } = useTranslation("editor");
  const known = facts.get(path);
  return (
    <button
      type="button"
      className="field ro"
      disabled={known === undefined}
      title={known === undefined ? t("inspector.needsData") : t("inspector.release")}
      onClick={() => onRelease(known)}
    >
      {known === undefined ? "–" : String(known)}
      <span className="unit row">
        <Icon name="lock" size={12} />
        {path}
      </span>
    </button>
  );
}

interface ControlProps {
  id: string;
  param: ParamForm;
  value: unknown;
  onChange: (value: unknown) => void;
  onDone: () => void;
  bad?: boolean;
  /** Keeps a text that cannot be taken, marked, until it can. */
  keepWrong?: boolean;
}

function Control({ id, param, value, onChange, onDone, bad, keepWrong }: ControlProps) {
  const { t } = useTranslation("editor");
  const shape = fieldShape(param.schema);
  const shown = value === undefined ? param.default : value;
  const testId = `param-${param.name}`;
  switch (shape.kind) {
    case "switch":
      return (
        <input
          id={id}
          type="checkbox"
          className="toggle"
          checked={shown === true}
          onChange={(event) => onChange(event.target.checked)}
          data-testid={testId}
        />
      );
    case "choice":
      return (
        <select
          id={id}
          className="field"
          value={String(shown ?? "")}
          onChange={(event) => onChange(event.target.value || null)}
          data-testid={testId}
        >
          {shape.nullable && <option value="">{t("inspector.none")}</option>}
          {shape.words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      );
    case "tuple":
      if (shape.length !== null && shape.length <= 3) {
        return <Tuple id={id} shape={shape} value={shown} onChange={onChange} onDone={onDone} testId={testId} />;
      }
      return (
        <DraftInput
          id={id}
          value={listText(shown)}
          read={(text) => readNumbers(text, shape) ?? undefined}
          onValue={onChange}
          onEmpty={() => onChange(undefined)}
          onDone={onDone}
          placeholder={shown === null ? t("inspector.none") : undefined}
          testId={testId}
          bad={bad}
          keepWrong={keepWrong}
        />
      );
    case "names":
      return (
        <DraftInput
          id={id}
          value={listText(shown)}
          read={(text) =>
            text
              .split(",")
              .map((name) => name.trim())
              .filter(Boolean)
          }
          onValue={onChange}
          onEmpty={() => onChange(undefined)}
          onDone={onDone}
          testId={testId}
          bad={bad}
          keepWrong={keepWrong}
        />
      );
    case "number":
      return (
        <DraftInput
          id={id}
          value={shown === undefined || shown === null ? "" : String(shown)}
          read={(text) => (shape.words.includes(text) ? text : (readNumber(text, shape) ?? undefined))}
          onValue={onChange}
          onEmpty={() => onChange(undefined)}
          onDone={onDone}
          step={shape.integer ? 1 : undefined}
          expected={rangeText(shape.limits)}
          placeholder={shown === null ? t("inspector.none") : undefined}
          testId={testId}
          bad={bad}
          keepWrong={keepWrong}
        />
      );
    case "text":
      return (
        <DraftInput
          id={id}
          value={typeof shown === "string" ? shown : JSON.stringify(shown ?? "")}
          read={(text) => text}
          onValue={onChange}
          onEmpty={() => onChange(undefined)}
          onDone={onDone}
          testId={testId}
          bad={bad}
          keepWrong={keepWrong}
        />
      );
  }
}

function listText(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : value === undefined || value === null ? "" : String(value);
}

interface TupleProps {
  id: string;
  shape: FieldShape;
  value: unknown;
  onChange: (value: unknown) => void;
  onDone: () => void;
  testId: string;
}

/** A number for each axis: "3 × 3". All alike are one number, as torch takes it. */
function Tuple({ id, shape, value, onChange, onDone, testId }: TupleProps) {
  const length = shape.length ?? 1;
  const entries: unknown[] = Array.isArray(value) ? value : Array.from({ length }, () => value);
  const change = (i: number, entry: unknown) => {
    const next = entries.map((old, k) => (k === i || old === null || old === undefined ? entry : old));
    if (shape.words.includes(String(entry))) return onChange(entry);
    onChange(shape.scalar && next.every((one) => one === next[0]) ? next[0] : next);
  };
  return (
    <div className="tuple">
      {entries.slice(0, length).map((entry, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what tells the numbers apart
        <span key={i} className="tuple-part">
          {i > 0 && <span aria-hidden="true">×</span>}
          <DraftInput
            id={i === 0 ? id : undefined}
            label={i === 0 ? undefined : `${testId} ${i + 1}`}
            value={entry === undefined || entry === null ? "" : String(entry)}
            read={(text) => (shape.words.includes(text) ? text : (readNumber(text, shape) ?? undefined))}
            onValue={(next) => change(i, next)}
            onEmpty={() => onChange(undefined)}
            onDone={onDone}
            step={1}
            expected={rangeText(shape.limits)}
            testId={i === 0 ? testId : `${testId}-${i}`}
          />
        </span>
      ))}
    </div>
  );
}
