import { create } from "zustand";

/** How long a wire stays pointed at after the pointer left it, so that its "+" can be reached. */
const LINGER_MS = 160;

interface Hover {
  /** The wire under the pointer. */
  edge: string | null;
  /** The wire that a dragged layer would be put into. */
  drop: string | null;
  enter: (edge: string) => void;
  leave: () => void;
  dropOn: (edge: string | null) => void;
}

let timer: ReturnType<typeof setTimeout> | undefined;

export const useHover = create<Hover>((set, get) => ({
  edge: null,
  drop: null,
  enter: (edge) => {
    clearTimeout(timer);
    set({ edge });
  },
  leave: () => {
    clearTimeout(timer);
    timer = setTimeout(() => set({ edge: null }), LINGER_MS);
  },
  dropOn: (drop) => get().drop !== drop && set({ drop }),
}));
