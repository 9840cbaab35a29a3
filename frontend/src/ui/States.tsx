import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { Button } from "./Button";

interface EmptyStateProps {
  title: ReactNode;
  children?: ReactNode;
  /** The one action that fills it. */
  action?: ReactNode;
}

/** What will be here, and the one action that fills it. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className="empty">
      <p className="strong">{title}</p>
      {children && <p className="t2 sm">{children}</p>}
      {action && <div className="row">{action}</div>}
    </div>
  );
}

interface ErrorStateProps {
  error: unknown;
  /** What was being done, as a sentence: "The runs could not be loaded." */
  title?: ReactNode;
  onRetry?: () => void;
}

/** What failed, why, and what to do; the code in mono at the end. */
export function ErrorState({ error, title, onRetry }: ErrorStateProps) {
  const { t } = useTranslation("ui");
  const known = error instanceof ApiError;
  return (
    <div className="empty bad-edge" role="alert">
      <p className="strong">{title ?? t("errors.title")}</p>
      <p className="t2 sm">{known ? error.message : t("errors.unexpected")}</p>
      {onRetry && (
        <div className="row">
          <Button icon="rollback" onClick={onRetry}>
            {t("errors.retry")}
          </Button>
        </div>
      )}
      {known && <code className="mono t3">{error.code}</code>}
    </div>
  );
}

/** A bar of the size of what is coming; shown only after 400 ms. */
export function Skeleton({ width = "100%", height = 16 }: { width?: number | string; height?: number }) {
  return <span className="skeleton" style={{ width, height }} aria-hidden="true" />;
}
