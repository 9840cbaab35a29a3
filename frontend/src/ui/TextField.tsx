import { type ComponentProps, type ReactNode, useId } from "react";
import "./forms.css";

interface TextFieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value, as a sentence. */
  problem?: string;
  unit?: string;
}

/** A labelled input; the hint and the problem stand below it and are read out with it. */
export function TextField({ label, hint, problem, unit, ...input }: TextFieldProps) {
  const id = useId();
  const described = problem || hint ? `${id}-below` : undefined;
  return (
    <div className="text-field">
      <label htmlFor={id}>{label}</label>
      <div className={problem ? "field bad-edge" : "field"}>
        <input id={id} aria-invalid={problem ? true : undefined} aria-describedby={described} {...input} />
        {unit && <span className="unit">{unit}</span>}
      </div>
      {(problem || hint) && (
        <p id={described} className={problem ? "xs bad" : "xs t3"} role={problem ? "alert" : undefined}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}
