import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { Badge } from "../ui/Badge";
import { Panel } from "../ui/Panel";
import { ErrorState } from "../ui/States";
import { formatWhen } from "../ui/times";
import { usePeople } from "./api";

export function People() {
  const { t, i18n } = useTranslation("account");
  const language = i18n.language as Language;
  const people = usePeople();
  if (people.isError) return <ErrorState error={people.error} onRetry={() => void people.refetch()} />;
  return (
    <Panel title={t("people.title")}>
      <table className="tbl account-table">
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("email")}</th>
            <th>{t("people.role")}</th>
            <th className="num">{t("people.joined")}</th>
            <th className="num">{t("people.lastSeen")}</th>
          </tr>
        </thead>
        <tbody>
          {people.data?.results.map((member) => (
            <tr key={member.id}>
              <td className="med">{member.name}</td>
              <td>{member.email}</td>
              <td>
                {member.is_owner && <Badge tone="acc">{t("people.owner")}</Badge>}
                {!member.is_owner && (member.is_active ? t("people.member") : t("people.inactive"))}
              </td>
              <td className="num t2">{formatWhen(member.date_joined, language)}</td>
              <td className="num t2">
                {member.last_login ? formatWhen(member.last_login, language) : t("tokens.never")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
