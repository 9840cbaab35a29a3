import type { ReactNode } from "react";
import { createPortal } from "react-dom";
import { useSlots } from "./slots";

/** Puts a page's own controls into the top bar: `actions` at the right, `state` beside the project's name. */
export function TopbarSlot({ slot, children }: { slot: "state" | "actions"; children: ReactNode }) {
  const element = useSlots((slots) => slots[slot]);
  return element && createPortal(children, element);
}
