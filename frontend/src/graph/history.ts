/** Undo and redo: one step a gesture, without end. Documents share what did not change, so a step costs little. */

import type { GraphDocument } from "./document";

export interface History {
  past: GraphDocument[];
  present: GraphDocument;
  future: GraphDocument[];
  /** The gesture the last step belongs to; further changes of the same gesture make no step of their own. */
  gesture: string | null;
}

export function startHistory(document: GraphDocument): History {
  return { past: [], present: document, future: [], gesture: null };
}

/** Takes a change. Changes with the same `gesture` in a row (typing in one field) are one step. */
export function commit(history: History, document: GraphDocument, gesture: string | null = null): History {
  if (document === history.present) return history;
  const continues = gesture !== null && gesture === history.gesture;
  const past = continues ? history.past : [...history.past, history.present];
  return { past, present: document, future: [], gesture };
}

/** Ends the gesture: the next change is a step of its own. */
export function endGesture(history: History): History {
  return history.gesture === null ? history : { ...history, gesture: null };
}

export function undo(history: History): History {
  const previous = history.past.at(-1);
  if (!previous) return history;
  return {
    past: history.past.slice(0, -1),
    present: previous,
    future: [history.present, ...history.future],
    gesture: null,
  };
}

export function redo(history: History): History {
  const [next, ...future] = history.future;
  if (!next) return history;
  return { past: [...history.past, history.present], present: next, future, gesture: null };
}
