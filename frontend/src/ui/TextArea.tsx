import { type ComponentProps, useId } from "react";
import "./forms.css";

interface TextAreaProps extends ComponentProps<"textarea"> {
  label: string;
}

/** A labelled field for a text of any length, in the direction it is read in; it grows with the text, to a limit. */
export function TextArea({ label, ...area }: TextAreaProps) {
  const id = useId();
  return (
    <div className="text-field text-area">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="field" dir="auto" rows={4} spellCheck={false} {...area} />
    </div>
  );
}
