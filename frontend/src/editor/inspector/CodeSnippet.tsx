import { useTranslation } from "react-i18next";
import { useGeneratedCode } from "../state/useGeneratedCode";
import { highlight, statementOf } from "./python";

/** The line of the generated module that makes this node. */
export function CodeSnippet({ name }: { name: string }) {
  const { t } = useTranslation("editor");
  const { code } = useGeneratedCode();
  const statement = code && statementOf(code, name);
  if (!statement) return null;
  return (
    <section>
      <h3>{t("inspector.code")}</h3>
      <pre className="snippet" data-testid="code-snippet">
        {highlight(statement).map(({ text, kind }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one line, in order
          <span key={i} className={kind}>
            {text}
          </span>
        ))}
      </pre>
    </section>
  );
}
