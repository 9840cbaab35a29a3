import { Popover } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Language } from "../i18n";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { formatWhen } from "../ui/times";
import { type Key, useRevokeKey } from "./api";

interface KeysButtonProps {
  slug: string;
  keys: Key[];
  onCreate: (name: string) => void;
}

/** The keys of the deployment: who may call it, and a new one. */
export function KeysButton({ slug, keys, onCreate }: KeysButtonProps) {
  const { t } = useTranslation("deployments");
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const usable = keys.filter((key) => key.is_usable).length;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onCreate(name);
    setName("");
    setOpen(false);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={480} trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="ghost"
          size="sm"
          icon="key"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="keys"
        >
          {t("keys.title")} <span className="count">{usable}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="form">
          <form className="first-key" onSubmit={submit}>
            <TextField
              label={t("keys.newLabel")}
              placeholder={t("keys.placeholder")}
              required
              value={name}
              onChange={(event) => setName(event.target.value)}
              data-autofocus
            />
            <Button type="submit" icon="plus">
              {t("keys.create")}
            </Button>
          </form>
          {keys.length > 0 && <KeyTable slug={slug} keys={keys} />}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function KeyTable({ slug, keys }: { slug: string; keys: Key[] }) {
  const { t, i18n } = useTranslation("deployments");
  const language = i18n.language as Language;
  const revoke = useRevokeKey(slug);
  return (
    <table className="tbl key-table">
      <thead>
        <tr>
          <th>{t("name")}</th>
          <th>{t("keys.prefix")}</th>
          <th className="num">{t("keys.lastUsed")}</th>
          <th aria-label={t("keys.revoke")} />
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td className="med">{key.name}</td>
            <td className="mono">{key.prefix}…</td>
            <td className="num t2">{key.last_used_at ? formatWhen(key.last_used_at, language) : t("keys.never")}</td>
            <td className="num">
              {key.is_usable ? (
                <Button size="sm" variant="ghost" disabled={revoke.isPending} onClick={() => revoke.mutate(key.id)}>
                  {t("keys.revoke")}
                </Button>
              ) : (
                <Badge>{key.revoked_at ? t("keys.revoked") : t("keys.expired")}</Badge>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
