import { type FormEvent, useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { formatExact, formatSeconds } from "../../ui/numbers";
import { RangeField } from "../../ui/RangeField";
import { TextArea } from "../../ui/TextArea";
import { TextField } from "../../ui/TextField";
import type { Answer, Generated, Instance, ValueSchema } from "../api";

interface GenerateTrialProps {
  columns: Record<string, ValueSchema>;
  pending: boolean;
  /** What was asked last, and what came of it. */
  asked: Instance | undefined;
  answer: Answer | undefined;
  onInstance: (instance: Instance) => void;
  children: React.ReactNode;
}

/** A prompt, how far and how daringly to go on with it, and the text that came of it. */
export function GenerateTrial({ columns, pending, asked, answer, onInstance, children }: GenerateTrialProps) {
  const { t } = useTranslation("deployments");
  const [prompt, setPrompt] = useState("");
  const [seed, setSeed] = useState("");
  const [set, setSet] = useState<Record<string, number>>({});
  const wrongSeed = seed.trim() !== "" && !/^\d+$/.test(seed.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (pending || wrongSeed || prompt.trim() === "") return;
    onInstance({ prompt, ...set, ...(seed.trim() && { seed: Number(seed) }) });
  };
  const range = (name: string, step: number) => {
    const schema = columns[name];
    if (typeof schema?.default !== "number") return null;
    return (
      <RangeField
        label={t(`generate.${name}`)}
        hint={t(`generate.${name}Hint`)}
        value={set[name] ?? schema.default}
        minimum={schema.minimum ?? 0}
        maximum={schema.maximum ?? 100}
        step={step}
        onValue={(value) => setSet((now) => ({ ...now, [name]: value }))}
        testId={`try-${name}`}
      />
    );
  };
  return (
    <>
      <header>
        <h2>{t("generate.title")}</h2>
      </header>
      <form className="body trial row-trial" onSubmit={submit} data-testid="try-form">
        <div className="generate-fields">
          <TextArea
            label={t("generate.prompt")}
            name="prompt"
            placeholder={t("generate.placeholder")}
            maxLength={columns.prompt?.maxLength}
            value={prompt}
            onChange={(event) => setPrompt(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) event.currentTarget.form?.requestSubmit();
            }}
          />
          {range("max_tokens", 1)}
          {range("temperature", 0.05)}
          <TextField
            label={t("generate.seed")}
            inputMode="numeric"
            placeholder={t("generate.anySeed")}
            hint={t("generate.seedHint")}
            problem={wrongSeed ? t("generate.wrongSeed") : undefined}
            value={seed}
            onChange={(event) => setSeed(event.target.value)}
            data-testid="try-seed"
          />
        </div>
        <div className="form">
          <Button
            type="submit"
            variant="primary"
            disabled={pending || wrongSeed || prompt.trim() === ""}
            data-testid="try-predict"
          >
            {pending ? t("generate.writing") : t("generate.write")}
          </Button>
          {pending && <Writing />}
          {!pending && answer && asked && <Written prompt={String(asked.prompt)} answer={answer} />}
          {children}
        </div>
      </form>
    </>
  );
}

/** That it is at work, and since when: a long text takes seconds. */
function Writing() {
  const { t } = useTranslation("deployments");
  const id = useId();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((now) => now + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="row writing" role="status">
      <span id={id} className="sm t2">
        {t("generate.writingAbout")}
      </span>
      <progress aria-labelledby={id} />
      <span className="sm num t3" aria-hidden="true">
        {seconds} s
      </span>
    </div>
  );
}

/** The prompt, quieter, and what was written after it. */
function Written({ prompt, answer }: { prompt: string; answer: Answer }) {
  const { t } = useTranslation("deployments");
  const outputs = Object.entries(answer.predictions[0] ?? {}) as [string, unknown][];
  return (
    <div className="predictions" data-testid="predictions" aria-live="polite">
      {outputs.filter(isGenerated).map(([name, { text, num_tokens, ended }]) => (
        <div key={name}>
          <p className="written" dir="auto" data-testid="generated">
            <span className="t3">{prompt}</span>
            <mark>{text}</mark>
          </p>
          <p className="xs t3">
            {[
              t("generate.tokens", { count: num_tokens, tokens: formatExact(num_tokens) }),
              ended ? t("generate.ended") : t("generate.cut"),
              formatSeconds(answer.latency_ms / 1000),
              t("versionShort", { number: answer.version }),
            ].join(" · ")}
          </p>
        </div>
      ))}
    </div>
  );
}

function isGenerated(output: [string, unknown]): output is [string, Generated] {
  return typeof output[1] === "object" && output[1] !== null && "text" in output[1];
}
