import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import type { FoldId } from "./folds";

interface FoldProps {
  id: FoldId;
  /** How many of its settings are not as the defaults say. */
  numChanged: number;
  onReset: () => void;
  children: React.ReactNode;
}

/** Settings behind a heading, which says how many were changed and takes them back. What is typed stays while it is shut. */
export function Fold({ id, numChanged, onReset, children }: FoldProps) {
  const { t } = useTranslation("settings");
  const details = useRef<HTMLDetailsElement>(null);
  return (
    <details ref={details} className="setting-fold" data-testid={`fold-${id}`} data-changed={numChanged}>
      <summary>
        <Icon name="right" size={14} className="fold-mark" />
        <span className="grow">{t(`folds.${id}`)}</span>
        {numChanged > 0 && <span className="xs changed-mark">{t("changed", { count: numChanged })}</span>}
      </summary>
      <div className="setting-fold-body">
        {numChanged > 0 && (
          <p className="fold-reset">
            <button
              type="button"
              className="to-default"
              onClick={() => {
                onReset();
                details.current?.querySelector("summary")?.focus();
              }}
              data-testid={`reset-${id}`}
            >
              {t("reset")}
            </button>
          </p>
        )}
        {children}
      </div>
    </details>
  );
}
