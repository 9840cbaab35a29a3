import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { fieldProblem, Problem } from "../ui/Problem";
import { ErrorState, Skeleton } from "../ui/States";
import { TextField } from "../ui/TextField";
import { signUp, useInvitation } from "./api";
import "./account.css";

/** Signing up with an invite: `/sign-up?invite=TOKEN`. */
export function SignUpPage() {
  const { t } = useTranslation("account");
  const invite = new URLSearchParams(window.location.search).get("invite") ?? "";
  const invitation = useInvitation(invite);
  return (
    <main className="entry">
      {invitation.isError && <ErrorState error={invitation.error} title={t("signUp.refused")} />}
      {invitation.isPending && <Skeleton width={320} height={200} />}
      {invitation.data && <SignUpForm invite={invite} email={invitation.data.email} />}
    </main>
  );
}

function SignUpForm({ invite, email }: { invite: string; email: string }) {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const entry = useMutation({
    mutationFn: signUp,
    onSuccess: () => {
      client.clear();
      window.location.assign("/");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entry.mutate({ invite, name, password });
  };
  const passwordProblem = fieldProblem(entry.error, "password");
  return (
    <form className="card entry-card form" onSubmit={submit} data-testid="sign-up">
      <h1>{t("signUp.title")}</h1>
      <TextField label={t("email")} value={email} readOnly autoComplete="username" />
      <TextField
        label={t("name")}
        name="name"
        autoComplete="name"
        autoFocus
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={t("password")}
        type="password"
        name="password"
        autoComplete="new-password"
        required
        hint={t("signUp.passwordHint")}
        problem={passwordProblem}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {!passwordProblem && <Problem error={entry.error} />}
      <Button type="submit" variant="primary" disabled={entry.isPending}>
        {t("signUp.action")}
      </Button>
    </form>
  );
}
