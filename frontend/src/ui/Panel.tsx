import type { ReactNode } from "react";

interface PanelProps {
  title: ReactNode;
  /** Controls at the right of the head. */
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A flat card with a head and a body. Never nested in another. */
export function Panel({ title, actions, className, children }: PanelProps) {
  return (
    <section className={className ? `card ${className}` : "card"}>
      <header>
        <h2>{title}</h2>
        <span className="grow" />
        {actions}
      </header>
      <div className="body">{children}</div>
    </section>
  );
}
