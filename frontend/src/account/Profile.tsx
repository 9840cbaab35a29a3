import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../api/me";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { fieldProblem, Problem } from "../ui/Problem";
import { TextField } from "../ui/TextField";
import { useChangePassword, useEditMe } from "./api";

export function Profile({ person }: { person: Person }) {
  const { t } = useTranslation("account");
  return (
    <Panel title={t("profile.title")}>
      <div className="account-columns">
        <NameForm person={person} />
        <PasswordForm hasPassword={person.has_password} />
      </div>
    </Panel>
  );
}

function NameForm({ person }: { person: Person }) {
  const { t } = useTranslation("account");
  const [name, setName] = useState(person.name);
  const edit = useEditMe();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    edit.mutate({ name });
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextField label={t("email")} value={person.email} readOnly />
      <TextField label={t("name")} autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
      <Problem error={edit.error} />
      <div className="form-actions">
        <Button type="submit" disabled={edit.isPending || name === person.name}>
          {t("profile.saveName")}
        </Button>
      </div>
    </form>
  );
}

function PasswordForm({ hasPassword }: { hasPassword: boolean }) {
  const { t } = useTranslation("account");
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useChangePassword();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          setCurrent("");
          setNext("");
        },
      },
    );
  };
  const problem = fieldProblem(change.error, "password") ?? fieldProblem(change.error, "new_password");
  return (
    <form className="form" onSubmit={submit}>
      {hasPassword && (
        <TextField
          label={t("profile.currentPassword")}
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
      )}
      <TextField
        label={t("profile.newPassword")}
        type="password"
        autoComplete="new-password"
        required
        hint={hasPassword ? t("signUp.passwordHint") : t("profile.noPassword")}
        problem={problem}
        value={next}
        onChange={(event) => setNext(event.target.value)}
      />
      {!problem && <Problem error={change.error} />}
      <div className="form-actions">
        <Button type="submit" disabled={change.isPending || next === ""}>
          {hasPassword ? t("profile.changePassword") : t("profile.setPassword")}
        </Button>
        <span className="sm ok" role="status">
          {change.isSuccess && t("profile.passwordChanged")}
        </span>
      </div>
    </form>
  );
}
