import { useTranslation } from "react-i18next";
import { Badge } from "../ui/Badge";
import { Icon } from "../ui/Icon";
import type { VersionSummary } from "./api";

/** Ready, being read with its share done, or failed. */
export function VersionState({ version }: { version: Pick<VersionSummary, "status" | "progress" | "error"> }) {
  const { t } = useTranslation("datasets");
  if (version.status === "ready") {
    return (
      <Badge tone="ok">
        <Icon name="check" size={12} />
        {t("states.ready")}
      </Badge>
    );
  }
  if (version.status === "failed") {
    return (
      <span title={version.error?.message}>
        <Badge tone="bad">{t("states.failed")}</Badge>
      </span>
    );
  }
  return <Badge tone="acc">{t("states.ingesting", { share: Math.round(version.progress * 100) })}</Badge>;
}
