import { type FormEvent, type ReactNode, useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { SelectField } from "../../ui/SelectField";
import { TextArea } from "../../ui/TextArea";
import { TextField } from "../../ui/TextField";
import type { Instance, Sample, ValueSchema } from "../api";
import { ImageUpload } from "./ImageUpload";
import { isImageSchema, isNumeric, isTextSchema, readValue, writtenValue } from "./values";

interface RowTrialProps {
  columns: Record<string, ValueSchema>;
  samples: Sample[];
  pending: boolean;
  onInstance: (instance: Instance) => void;
  answer: ReactNode;
}

/** One row, a field a column, filled from a row of the test split. */
export function RowTrial({ columns, samples, pending, onInstance, answer }: RowTrialProps) {
  const { t } = useTranslation("deployments");
  const [chosen, setChosen] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const [images, setImages] = useState<Record<string, string>>({});
  const first = samples[0];
  useEffect(() => {
    if (first) setChosen(String(first.row));
  }, [first]);
  useEffect(() => {
    const sample = samples.find((candidate) => String(candidate.row) === chosen);
    if (sample)
      setValues(Object.fromEntries(Object.keys(columns).map((name) => [name, writtenValue(sample.instance[name])])));
  }, [chosen, samples, columns]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const instance: Instance = {};
    for (const [name, schema] of Object.entries(columns)) {
      const value = images[name] ?? readValue(values[name] ?? "", schema);
      if (value !== undefined) instance[name] = value;
    }
    onInstance(instance);
  };
  return (
    <>
      <header>
        <h2>{t("try.title")}</h2>
        <span className="grow" />
        {samples.length > 0 && (
          <SelectField
            label={t("try.fillFrom")}
            labelHidden
            value={chosen}
            options={samples.map((sample) => ({
              value: String(sample.row),
              label: t("try.row", { row: sample.row, name: Object.values(sample.target).map(String).join(", ") }),
            }))}
            onChange={setChosen}
          />
        )}
      </header>
      <form className="body trial row-trial" onSubmit={submit} data-testid="try-form">
        <div className="row-fields">
          {Object.entries(columns).map(([name, schema]) =>
            isImageSchema(schema) ? (
              <ImageUpload key={name} onImage={(image) => setImages((now) => ({ ...now, [name]: image }))} />
            ) : isTextSchema(schema) ? (
              <TextArea
                key={name}
                label={name}
                name={name}
                value={values[name] ?? ""}
                onChange={(event) => setValues((now) => ({ ...now, [name]: event.target.value }))}
              />
            ) : (
              <ValueField
                key={name}
                name={name}
                schema={schema}
                value={values[name] ?? ""}
                onValue={(value) => setValues((now) => ({ ...now, [name]: value }))}
              />
            ),
          )}
        </div>
        <div className="form">
          <Button type="submit" variant="primary" disabled={pending} data-testid="try-predict">
            {t("try.predict")}
          </Button>
          {answer}
        </div>
      </form>
    </>
  );
}

interface ValueFieldProps {
  name: string;
  schema: ValueSchema;
  value: string;
  onValue: (value: string) => void;
}

function ValueField({ name, schema, value, onValue }: ValueFieldProps) {
  const listId = useId();
  const known = schema.examples ?? [];
  return (
    <>
      <TextField
        label={name}
        name={name}
        inputMode={isNumeric(schema) ? "decimal" : undefined}
        list={known.length > 0 ? listId : undefined}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
      {known.length > 0 && (
        <datalist id={listId}>
          {known.map((option) => (
            <option key={String(option)} value={String(option)} />
          ))}
        </datalist>
      )}
    </>
  );
}
