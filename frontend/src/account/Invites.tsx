import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { Problem } from "../ui/Problem";
import { Secret } from "../ui/Secret";
import { ErrorState } from "../ui/States";
import { TextField } from "../ui/TextField";
import { formatDateTime } from "../ui/times";
import { type Invite, useCreateInvite, useInvites, useRevoke } from "./api";

export function Invites() {
  const { t } = useTranslation("account");
  const invites = useInvites();
  const [email, setEmail] = useState("");
  const create = useCreateInvite();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ email }, { onSuccess: () => setEmail("") });
  };
  return (
    <Panel title={t("invites.title")}>
      <div className="form">
        <p className="sm t2">{t("invites.about")}</p>
        <form className="inline-form" onSubmit={submit} data-testid="new-invite">
          <TextField
            label={t("email")}
            type="email"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <Button type="submit" icon="plus" disabled={create.isPending}>
            {t("invites.create")}
          </Button>
        </form>
        <Problem error={create.error} />
        {create.data && (
          <Secret
            secret={create.data.url}
            title={t("invites.once")}
            copyLabel={t("invites.copy")}
            testId="invite-url"
          />
        )}
      </div>
      {invites.isError && <ErrorState error={invites.error} onRetry={() => void invites.refetch()} />}
      {invites.data && invites.data.results.length > 0 && <InviteTable invites={invites.data.results} />}
    </Panel>
  );
}

function InviteTable({ invites }: { invites: Invite[] }) {
  const { t, i18n } = useTranslation("account");
  const revoke = useRevoke("invites");
  return (
    <table className="tbl account-table">
      <thead>
        <tr>
          <th>{t("email")}</th>
          <th>{t("invites.state")}</th>
          <th>{t("tokens.expires")}</th>
          <th aria-label={t("invites.takeBack")} />
        </tr>
      </thead>
      <tbody>
        {invites.map((invite) => (
          <tr key={invite.id}>
            <td className="med">{invite.email}</td>
            <td>
              <Badge tone={invite.accepted_at ? "ok" : undefined}>
                {invite.accepted_at ? t("invites.accepted") : t("invites.open")}
              </Badge>
            </td>
            <td className="t2">{formatDateTime(invite.expires_at, i18n.language as Language)}</td>
            <td className="num">
              {!invite.accepted_at && (
                <Button size="sm" variant="ghost" onClick={() => revoke.mutate(invite.id)}>
                  {t("invites.takeBack")}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
