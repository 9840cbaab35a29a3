import { type ReactNode, useEffect, useId, useRef, useState } from "react";

export interface Choice {
  id: string;
  content: ReactNode;
  run: () => void;
}

interface FinderProps {
  label: string;
  placeholder: string;
  /** The choices for what was typed, best first. */
  find: (text: string) => Choice[];
  none: (text: string) => string;
  onClose: () => void;
  testId: string;
}

/** A search field with its list: type, go up and down, Enter chooses, Escape closes. */
export function Finder({ label, placeholder, find, none, onClose, testId }: FinderProps) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const choices = find(text);
  const current = Math.min(active, choices.length - 1);

  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    choice.run();
  };

  return (
    <div className="finder">
      <input
        // biome-ignore lint/a11y/noAutofocus: it is opened in order to type
        autoFocus
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={choices[current] ? `${id}-${current}` : undefined}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        data-testid={`${testId}-input`}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "ArrowDown") setActive(Math.min(current + 1, choices.length - 1));
          else if (event.key === "ArrowUp") setActive(Math.max(current - 1, 0));
          else if (event.key === "Enter") choose(choices[current]);
          else if (event.key === "Escape") onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div className="finder-list" role="listbox" id={`${id}-list`} aria-label={label} ref={list}>
        {choices.map((choice, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which keeps the focus
          <div
            key={choice.id}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === current}
            className={i === current ? "choice on" : "choice"}
            onMouseMove={() => setActive(i)}
            onClick={() => choose(choice)}
            data-testid={`choice-${choice.id}`}
          >
            {choice.content}
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className="t3 sm finder-none">{none(text)}</p>}
    </div>
  );
}
