import { useId } from "react";
import "./forms.css";

interface RangeFieldProps {
  label: string;
  hint?: string;
  value: number;
  minimum: number;
  maximum: number;
  step: number;
  onValue: (value: number) => void;
  testId?: string;
}

/** A labelled number that is dragged, with the arrow keys or the mouse. */
export function RangeField({ label, hint, value, minimum, maximum, step, onValue, testId }: RangeFieldProps) {
  const id = useId();
  return (
    <div className="range-field">
      <label htmlFor={id}>{label}</label>
      <output htmlFor={id}>{value}</output>
      <input
        id={id}
        type="range"
        min={minimum}
        max={maximum}
        step={step}
        value={value}
        aria-describedby={hint ? `${id}-below` : undefined}
        onChange={(event) => onValue(Number(event.target.value))}
        data-testid={testId}
      />
      {hint && (
        <p id={`${id}-below`} className="xs t3">
          {hint}
        </p>
      )}
    </div>
  );
}
