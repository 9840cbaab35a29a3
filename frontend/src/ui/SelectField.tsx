import { type ComponentProps, useId } from "react";
import { Icon } from "./Icon";
import "./forms.css";

interface SelectFieldProps extends Omit<ComponentProps<"select">, "onChange"> {
  label: string;
  /** Leaves the label to screen readers where the place says what is chosen. */
  labelHidden?: boolean;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** A labelled choice from a list. */
export function SelectField({ label, labelHidden, options, onChange, ...select }: SelectFieldProps) {
  const id = useId();
  return (
    <div className="text-field">
      <label htmlFor={id} className={labelHidden ? "sr-only" : undefined}>
        {label}
      </label>
      <div className="field select-field">
        <select id={id} onChange={(event) => onChange(event.target.value)} {...select}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="down" size={14} />
      </div>
    </div>
  );
}
