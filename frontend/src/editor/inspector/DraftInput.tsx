import { useState } from "react";

interface DraftInputProps<T> {
  id?: string;
  label?: string;
  /** What the document holds, as text. */
  value: string;
  /** What a text means; undefined where it cannot be taken. */
  read: (text: string) => T | undefined;
  onValue: (value: T) => void;
  /** What is taken only when the field is left. */
  onCommit?: (value: T) => void;
  onEmpty?: () => void;
  onDone?: () => void;
  /** Up and down arrows change a number by this much. */
  step?: number;
  /** Said where a text cannot be taken. */
  expected?: string;
  placeholder?: string;
  bad?: boolean;
  testId?: string;
  autoFocus?: boolean;
  /** What cannot be taken stays, marked, when the field is left; else the field shows what the document holds. */
  keepWrong?: boolean;
}

/** A field that passes on what can be taken while it is typed, and keeps what cannot until it can. */
export function DraftInput<T>(props: DraftInputProps<T>) {
  const { value, read, onValue, onEmpty, onDone, step, expected } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? value;
  const wrong = draft !== null && draft.trim() !== "" && read(draft) === undefined;
  const take = (next: string) => {
    setDraft(next);
    if (next.trim() === "") return onEmpty?.();
    const parsed = read(next);
    if (parsed !== undefined) onValue(parsed);
  };
  return (
    <span className={wrong || props.bad ? "field input bad" : "field input"}>
      <input
        id={props.id}
        aria-label={props.label}
        type="text"
        inputMode={step ? "numeric" : undefined}
        autoComplete="off"
        // biome-ignore lint/a11y/noAutofocus: set where the field is opened in order to type
        autoFocus={props.autoFocus}
        value={text}
        placeholder={props.placeholder}
        aria-invalid={wrong || props.bad || undefined}
        data-testid={props.testId}
        onChange={(event) => take(event.target.value)}
        onBlur={() => {
          const last = draft === null ? undefined : read(draft);
          if (last !== undefined) props.onCommit?.(last);
          if (!(props.keepWrong && wrong)) setDraft(null);
          onDone?.();
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          if (step && (event.key === "ArrowUp" || event.key === "ArrowDown") && Number.isFinite(Number(text))) {
            event.preventDefault();
            take(String(Number(text) + (event.key === "ArrowUp" ? step : -step)));
          }
        }}
      />
      {wrong && expected && <span className="unit">{expected}</span>}
    </span>
  );
}
