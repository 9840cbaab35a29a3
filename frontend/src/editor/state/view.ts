/** What of the editor is open at present. Nothing here is part of the document. */

import { create } from "zustand";
import type { Mark } from "../../graph/changes";
import type { Point } from "../../graph/document";
import type { PortReference } from "../../graph/wiring";

export type DrawerTab = "problems" | "code" | "runs" | "history";

/** Where the layer picker stands on the screen, and what becomes of the choice. */
export interface PickerRequest {
  screen: Point;
  /** Where the new card goes, in the canvas's own coordinates. */
  world: Point;
  purpose:
    | { kind: "add" }
    | { kind: "insert"; edge: string }
    | { kind: "connect"; port: PortReference; side: "source" | "target" };
}

export type HeatKind = "num_parameters" | "macs" | "activation_bytes";

/** What the canvas can be asked to do. */
export interface CanvasControls {
  fit: () => void;
  reset: () => void;
  zoomIn: () => void;
  zoomOut: () => void;
  /** Brings a node to the middle and gives it the focus. */
  centre: (nodeId: string) => void;
  /** Brings a node into view, if it is not, and gives it the focus. */
  show: (nodeId: string) => void;
  toWorld: (screen: Point) => Point;
  toScreen: (world: Point) => Point;
  /** Where a new layer goes that was not dropped anywhere: the pointer if it is over the canvas, else its middle. */
  spot: () => Point;
}

interface EditorView {
  drawer: DrawerTab | null;
  picker: PickerRequest | null;
  overlay: "commands" | "shortcuts" | null;
  outline: boolean;
  heat: HeatKind | null;
  train: boolean;
  /** The node whose problem stands open beside it. */
  problemOf: string | null;
  /** The node whose name is being edited in the inspector. */
  renaming: boolean;
  /** Why the last thing asked of a block was refused, as a key of the texts. */
  refusal: string | null;
  /** The nodes that an earlier version has otherwise, by their path, while it is looked at. */
  marks: ReadonlyMap<string, Mark> | null;
  canvas: CanvasControls | null;
  set: (change: Partial<Omit<EditorView, "set">>) => void;
}

export const useView = create<EditorView>((set) => ({
  drawer: "problems",
  picker: null,
  overlay: null,
  outline: false,
  heat: null,
  train: false,
  problemOf: null,
  refusal: null,
  renaming: false,
  marks: null,
  canvas: null,
  set,
}));
