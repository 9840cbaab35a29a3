import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { Button } from "../ui/Button";
import { ConfirmButton } from "../ui/ConfirmButton";
import { Panel } from "../ui/Panel";
import { Problem } from "../ui/Problem";
import { Secret } from "../ui/Secret";
import { SelectField } from "../ui/SelectField";
import { ErrorState } from "../ui/States";
import { TextField } from "../ui/TextField";
import { formatDateTime } from "../ui/times";
import { type Token, useCreateToken, useRevoke, useTokens } from "./api";

const LIFETIMES = ["30", "90", "365", ""] as const;

export function Tokens() {
  const { t } = useTranslation("account");
  const tokens = useTokens();
  return (
    <Panel title={t("tokens.title")}>
      <div className="form">
        <p className="sm t2">{t("tokens.about")}</p>
        <NewToken />
      </div>
      {tokens.isError && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data && tokens.data.results.length > 0 && <TokenTable tokens={tokens.data.results} />}
    </Panel>
  );
}

function NewToken() {
  const { t } = useTranslation("account");
  const [name, setName] = useState("");
  const [lifetime, setLifetime] = useState<string>("90");
  const create = useCreateToken();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { name, expires_in_days: lifetime === "" ? null : Number(lifetime) },
      { onSuccess: () => setName("") },
    );
  };
  return (
    <>
      <form className="inline-form" onSubmit={submit} data-testid="new-token">
        <TextField
          label={t("tokens.name")}
          placeholder={t("tokens.namePlaceholder")}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label={t("tokens.lifetime")}
          value={lifetime}
          options={LIFETIMES.map((value) => ({
            value,
            label: value === "" ? t("tokens.forever") : t("tokens.days", { count: Number(value) }),
          }))}
          onChange={setLifetime}
        />
        <Button type="submit" icon="plus" disabled={create.isPending}>
          {t("tokens.create")}
        </Button>
      </form>
      <Problem error={create.error} />
      {create.data && (
        <Secret secret={create.data.token} title={t("tokens.once")} copyLabel={t("tokens.copy")} testId="token" />
      )}
    </>
  );
}

function TokenTable({ tokens }: { tokens: Token[] }) {
  const { t, i18n } = useTranslation("account");
  const language = i18n.language as Language;
  const revoke = useRevoke("tokens");
  return (
    <table className="tbl account-table">
      <thead>
        <tr>
          <th>{t("tokens.name")}</th>
          <th>{t("tokens.prefix")}</th>
          <th>{t("tokens.lastUsed")}</th>
          <th>{t("tokens.expires")}</th>
          <th aria-label={t("tokens.revoke")} />
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td className="med">{token.name}</td>
            <td className="mono">{token.prefix}…</td>
            <td className="t2">
              {token.last_used_at ? formatDateTime(token.last_used_at, language) : t("tokens.never")}
            </td>
            <td className="t2">
              {token.expires_at ? formatDateTime(token.expires_at, language) : t("tokens.forever")}
            </td>
            <td className="num">
              <ConfirmButton
                size="sm"
                variant="ghost"
                question={t("tokens.revokeQuestion", { name: token.name })}
                confirm={t("tokens.revoke")}
                onConfirm={() => revoke.mutate(token.id)}
              >
                {t("tokens.revoke")}
              </ConfirmButton>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
