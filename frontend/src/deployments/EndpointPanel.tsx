import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { Secret } from "../ui/Secret";
import { TextField } from "../ui/TextField";
import { type Deployment, keysQuery, type Snippets, snippetsQuery, useCreateKey, type Version } from "./api";
import { KeysButton } from "./Keys";

/** What the server writes where the key goes. */
const KEY_PLACE = "YOUR_KEY";
const LANGUAGES = ["curl", "python", "javascript"] as const;

/** Where to ask, with what key, and code that does. */
export function EndpointPanel({ deployment, active }: { deployment: Deployment; active: Version | undefined }) {
  const { t } = useTranslation("deployments");
  const keys = useQuery(keysQuery(deployment.slug)).data;
  const create = useCreateKey(deployment.slug);
  const shown = create.data?.key;
  const usable = keys?.filter((key) => key.is_usable) ?? [];
  return (
    <section className="card" data-testid="endpoint">
      <header>
        <h2>{t("endpoint.title")}</h2>
        <span className="grow" />
        {active && (
          <a
            className="btn ghost sm"
            href={`/api/v1/deployments/${deployment.slug}/openapi.json`}
            target="_blank"
            rel="noreferrer"
          >
            <Icon name="ext" size={14} />
            OpenAPI
          </a>
        )}
        {keys && <KeysButton slug={deployment.slug} keys={keys} onCreate={(name) => create.mutate({ name })} />}
      </header>
      <div className="body endpoint-body">
        <div className="url">
          <span className="strong ok">POST</span>
          <span className="grow trunc" data-testid="endpoint-url">
            {deployment.url}
          </span>
          <CopyButton text={deployment.url} variant="ghost" size="sm" />
        </div>
        {shown && <Secret secret={shown} title={t("keys.once")} copyLabel={t("keys.copy")} testId="deployment-key" />}
        {keys && usable.length === 0 && !shown && (
          <FirstKey pending={create.isPending} onCreate={(name) => create.mutate({ name })} />
        )}
        <Problem error={create.error} />
        {active && <Code slug={deployment.slug} version={active.number} apiKey={shown} />}
      </div>
    </section>
  );
}

/** Without a key nobody can call the endpoint: making the first one takes a name. */
function FirstKey({ pending, onCreate }: { pending: boolean; onCreate: (name: string) => void }) {
  const { t } = useTranslation("deployments");
  const [name, setName] = useState(t("keys.firstName"));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onCreate(name);
  };
  return (
    <form className="first-key" onSubmit={submit} data-testid="first-key">
      <TextField label={t("keys.firstLabel")} required value={name} onChange={(event) => setName(event.target.value)} />
      <Button type="submit" icon="key" disabled={pending} data-testid="create-key">
        {t("keys.create")}
      </Button>
    </form>
  );
}

function Code({ slug, version, apiKey }: { slug: string; version: number; apiKey: string | undefined }) {
  const { t } = useTranslation("deployments");
  const snippets = useQuery(snippetsQuery(slug, version)).data;
  const [language, setLanguage] = useState<keyof Snippets>("curl");
  const code = snippets?.[language].replaceAll(KEY_PLACE, apiKey ?? KEY_PLACE) ?? "";
  return (
    <div className="snippets">
      <div className="row snippet-head">
        <div className="tabs" role="tablist" aria-label={t("endpoint.code")}>
          {LANGUAGES.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={name === language}
              className={name === language ? "on" : undefined}
              onClick={() => setLanguage(name)}
            >
              {t(`endpoint.languages.${name}`)}
            </button>
          ))}
        </div>
        <span className="grow" />
        {!apiKey && <span className="xs t3 trunc">{t("endpoint.putKey", { place: KEY_PLACE })}</span>}
        <CopyButton text={code} variant="ghost" size="sm" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable from the keyboard. */}
      <pre className="mono snippet" role="tabpanel" tabIndex={0} data-testid={`snippet-${language}`}>
        {code}
      </pre>
    </div>
  );
}
