import type { Form } from "../../graph/catalogue";

interface ChoiceProps<Kind extends Form> {
  forms: Kind[];
  value: string;
  none?: string;
  onForm: (form: Kind | undefined) => void;
  label: string;
  testId: string;
}

/** A choice among optimizers or schedules by their names. */
export function Choice<Kind extends Form>({ forms, value, none, onForm, label, testId }: ChoiceProps<Kind>) {
  return (
    <select
      className="field"
      value={value}
      aria-label={label}
      onChange={(event) => onForm(forms.find((form) => form.type === event.target.value))}
      data-testid={testId}
    >
      {none !== undefined && <option value="">{none}</option>}
      {forms.map((form) => (
        <option key={form.type} value={form.type}>
          {form.label}
        </option>
      ))}
    </select>
  );
}
