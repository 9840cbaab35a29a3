import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Language } from "../../i18n";
import { formatDateTime, formatWhen } from "../../ui/times";
import type { Brief, Version } from "./api";

interface VersionListProps {
  versions: Version[];
  chosen: number | null;
  onChoose: (number: number) => void;
}

/** The versions, newest first: number, time, what changed in a line. The arrows go from one to the next. */
export function VersionList({ versions, chosen, onChoose }: VersionListProps) {
  const { t, i18n } = useTranslation("editor");
  const language = i18n.language as Language;
  const walk = (event: KeyboardEvent<HTMLOListElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button")];
    const next = rows[rows.indexOf(document.activeElement as HTMLButtonElement) + step];
    event.preventDefault();
    event.stopPropagation();
    next?.focus();
    next?.click();
  };
  return (
    <ol className="version-list" aria-label={t("history.versions")} onKeyDown={walk}>
      {versions.map((version) => (
        <li key={version.id}>
          <button
            type="button"
            aria-current={version.number === chosen}
            className={version.number === chosen ? "version on" : "version"}
            onClick={() => onChoose(version.number)}
            data-testid={`version-${version.number}`}
          >
            <span className="row between">
              <b>{t("history.version", { number: version.number })}</b>
              <time
                className="xs t3"
                dateTime={version.created_at}
                title={formatDateTime(version.created_at, language)}
              >
                {formatWhen(version.created_at, language)}
              </time>
            </span>
            <span className="xs t2 version-changes">
              <BriefChange changes={version.changes} />
              {version.num_runs > 0 && <span className="t3">{t("history.runs", { count: version.num_runs })}</span>}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** What a version changed: "+ act, pool  − old  hidden.out_features". */
function BriefChange({ changes }: { changes: Brief | null }) {
  const { t } = useTranslation("editor");
  if (!changes) return <span>{t("history.first")}</span>;
  const parts = (["added", "removed", "changed"] as const).filter((kind) => changes[kind].count > 0);
  if (parts.length === 0 && changes.num_rewired === 0) return <span>{t("history.sameNetwork")}</span>;
  return (
    <>
      {parts.map((kind) => {
        const { count, names } = changes[kind];
        const more = count > names.length ? t("history.more", { count: count - names.length }) : "";
        return <span key={kind}>{t(`history.brief.${kind}`, { names: names.join(", ") + more })}</span>;
      })}
      {changes.num_rewired > 0 && <span>{t("history.brief.rewired", { count: changes.num_rewired })}</span>}
    </>
  );
}
