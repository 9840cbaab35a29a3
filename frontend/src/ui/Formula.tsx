import { useEffect, useState } from "react";

/** A formula, typeset as MathML, which browsers draw and screen readers read; its source until that has come. */
export function Formula({ source }: { source: string }) {
  const [markup, setMarkup] = useState<{ source: string; html: string } | null>(null);
  useEffect(() => {
    let left = false;
    void import("katex").then(({ default: katex }) => {
      const html = katex.renderToString(source, { output: "mathml", displayMode: true, throwOnError: false });
      if (!left) setMarkup({ source, html });
    });
    return () => {
      left = true;
    };
  }, [source]);
  if (markup?.source !== source) return <div className="formula mono t3">{source}</div>;
  // biome-ignore lint/security/noDangerouslySetInnerHtml: MathML that KaTeX wrote from a formula of the catalogue
  return <div className="formula" data-testid="formula" dangerouslySetInnerHTML={{ __html: markup.html }} />;
}
