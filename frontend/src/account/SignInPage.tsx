import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Problem } from "../ui/Problem";
import { TextField } from "../ui/TextField";
import { signIn } from "./api";
import { pageAfterSignIn } from "./next";
import "./account.css";

export function SignInPage() {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const query = new URLSearchParams(window.location.search);
  const entry = useMutation({
    mutationFn: signIn,
    onSuccess: () => {
      client.clear();
      window.location.assign(pageAfterSignIn(query.get("next")));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entry.mutate({ email, password });
  };
  return (
    <main className="entry">
      <form className="card entry-card form" onSubmit={submit} data-testid="sign-in">
        <h1>{t("signIn.title")}</h1>
        {query.get("problem") === "link" && <p className="form-problem">{t("signIn.linkProblem")}</p>}
        <TextField
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label={t("password")}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Problem error={entry.error} />
        <Button type="submit" variant="primary" disabled={entry.isPending}>
          {t("signIn.action")}
        </Button>
        <p className="xs t3">{t("signIn.closed")}</p>
      </form>
    </main>
  );
}
