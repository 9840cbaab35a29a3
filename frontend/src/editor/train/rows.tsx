import { DraftInput } from "../inspector/DraftInput";

/** One setting: its plain name, its name in the settings, the field, a sentence. */
export function Row({
  label,
  name,
  hint,
  children,
}: {
  label: string;
  name?: string;
  hint?: string;
  children: React.ReactNode;
}) {
  return (
    <div className="param">
      <span className="param-label">
        {label}
        {name && <code>{name}</code>}
      </span>
      {children}
      {hint && <p className="hint">{hint}</p>}
    </div>
  );
}

interface WholeProps {
  value: number;
  onValue: (value: number) => void;
  least?: number;
  label: string;
  testId: string;
}

/** A whole number. */
export function Whole({ value, onValue, least = 1, label, testId }: WholeProps) {
  const read = (text: string) => {
    const number = Number(text);
    return text.trim() !== "" && Number.isInteger(number) && number >= least ? number : undefined;
  };
  return (
    <DraftInput
      label={label}
      value={String(value)}
      read={read}
      onValue={onValue}
      step={1}
      expected={`≥ ${least}`}
      testId={testId}
    />
  );
}
