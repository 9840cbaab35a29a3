import type { ReactNode } from "react";
import { Icon } from "./Icon";
import "./forms.css";

export interface Segment<T extends string> {
  value: T;
  label: ReactNode;
  icon?: string;
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  segments: readonly Segment<T>[];
  onChange: (value: T) => void;
  testId?: string;
}

/** One choice of a few, all in sight. */
export function Segmented<T extends string>({ label, value, segments, onChange, testId }: SegmentedProps<T>) {
  return (
    <fieldset className="seg" aria-label={label} data-testid={testId}>
      {segments.map((segment) => (
        <button
          key={segment.value}
          type="button"
          className={segment.value === value ? "on" : undefined}
          aria-pressed={segment.value === value}
          onClick={() => onChange(segment.value)}
          data-value={segment.value}
        >
          {segment.icon && <Icon name={segment.icon} size={14} />}
          {segment.label}
        </button>
      ))}
    </fieldset>
  );
}
