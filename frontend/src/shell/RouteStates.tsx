import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState, ErrorState } from "../ui/States";

export function NotFound() {
  const { t } = useTranslation("ui");
  return (
    <main className="main">
      <EmptyState title={t("errors.notFound")} action={<Link to="/">{t("home")}</Link>} />
    </main>
  );
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  return (
    <main className="main">
      <ErrorState error={error} onRetry={reset} />
    </main>
  );
}
