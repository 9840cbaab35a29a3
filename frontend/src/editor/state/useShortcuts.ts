import { useEffect } from "react";
import { copySelected, pasteText, removeSelected } from "./actions";
import { COMMANDS, keyOf } from "./commands";
import { useEditorStore } from "./context";
import { useView } from "./view";

const byKey = new Map(
  COMMANDS.filter((command) => !command.native).flatMap((command) => command.keys.map((key) => [key, command])),
);
/** These work from everywhere, also while typing. */
const EVERYWHERE = new Set(["Ctrl+K", "Ctrl+Enter"]);

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest("input, textarea, select, [contenteditable=true], .cm-editor");
}

/** Whether a choice has the keyboard: it takes letters and arrows, but has nothing to undo or to copy. */
function isChoosing(target: EventTarget | null): boolean {
  return !!(target as HTMLElement | null)?.closest("select, input[type=checkbox]");
}

/** Whether something over the editor has the keyboard: a menu, a popover, a dialog. */
function isElsewhere(target: EventTarget | null): boolean {
  return !!(target as HTMLElement | null)?.closest("[role=dialog], [role=menu], [role=listbox]");
}

/** Sends keys and the clipboard's events to the commands. */
export function useShortcuts(): void {
  const store = useEditorStore();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = keyOf(event);
      const command = byKey.get(key);
      if (!command || event.defaultPrevented || event.isComposing) return;
      const typing = isTyping(event.target) && !(key.startsWith("Ctrl+") && isChoosing(event.target));
      if (!EVERYWHERE.has(key) && (typing || isElsewhere(event.target) || useView.getState().overlay)) return;
      const onControl = (event.target as HTMLElement | null)?.closest("button, a, [role=tab]");
      if (onControl && (key.startsWith("Arrow") || key === "Enter")) return;
      event.preventDefault();
      command.run(store);
    };
    const onCopy = (event: ClipboardEvent) => {
      if (isTyping(event.target) || window.getSelection()?.toString()) return;
      const text = copySelected(store);
      if (!text) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") removeSelected(store);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isTyping(event.target)) return;
      if (pasteText(store, event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      window.removeEventListener("keydown", onKey);
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [store]);
}
