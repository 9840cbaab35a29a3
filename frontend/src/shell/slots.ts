import { create } from "zustand";

interface Slots {
  state: HTMLElement | null;
  actions: HTMLElement | null;
  setState: (element: HTMLElement | null) => void;
  setActions: (element: HTMLElement | null) => void;
}

/** The two places of the top bar that a page fills: beside the project's name, and at the right. */
export const useSlots = create<Slots>((set) => ({
  state: null,
  actions: null,
  setState: (state) => set({ state }),
  setActions: (actions) => set({ actions }),
}));
