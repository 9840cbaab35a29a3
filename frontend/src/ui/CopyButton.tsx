import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, type ButtonProps } from "./Button";

const SAID_MILLISECONDS = 2000;

interface CopyButtonProps extends Omit<ButtonProps, "onClick" | "icon"> {
  text: string;
  /** What is copied, where "Copy" alone does not say it. */
  label?: string;
}

/** Copies `text` and says so. */
export function CopyButton({ text, label, ...button }: CopyButtonProps) {
  const { t } = useTranslation("ui");
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <Button {...button} icon={copied ? "check" : "copy"} onClick={() => void copy()}>
      <span aria-live="polite">{copied ? t("actions.copied") : (label ?? t("actions.copy"))}</span>
    </Button>
  );
}
