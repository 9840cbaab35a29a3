import type { ComponentProps, ReactNode } from "react";
import { Icon } from "./Icon";

export interface ButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** primary: the one main action of the screen; soft: accented but quiet; ghost: no outline; danger: deletes. */
  variant?: "primary" | "soft" | "ghost" | "danger";
  size?: "sm";
  icon?: string;
  children?: ReactNode;
}

/** The product's button. Without children it is a square icon button and must carry an `aria-label`. */
export function Button({ variant, size, icon, children, className, type = "button", ...rest }: ButtonProps) {
  const names = ["btn", variant, size, children === undefined ? "icon" : undefined, className];
  return (
    <button type={type} className={names.filter(Boolean).join(" ")} {...rest}>
      {icon && <Icon name={icon} size={children === undefined ? 16 : 14} />}
      {children}
    </button>
  );
}
