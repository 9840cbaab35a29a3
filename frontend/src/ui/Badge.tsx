import type { ReactNode } from "react";

interface BadgeProps {
  tone?: "ok" | "bad" | "warn" | "acc";
  children: ReactNode;
}

/** A state in a word. */
export function Badge({ tone, children }: BadgeProps) {
  return <span className={tone ? `chip ${tone}` : "chip"}>{children}</span>;
}
