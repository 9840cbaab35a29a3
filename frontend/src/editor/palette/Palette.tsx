import { useClickOutside } from "@mantine/hooks";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LayerForm } from "../../graph/catalogue";
import { findNode } from "../../graph/document";
import { formOf } from "../../graph/ports";
import { fits } from "../../graph/wiring";
import { Icon } from "../../ui/Icon";
import { addLayer } from "../state/actions";
import { useEditor, useEditorStore } from "../state/context";
import { checkHere, graphHere } from "../state/store";
import { PaletteGroup, type Unfolded } from "./PaletteGroup";
import { byFamily, OWN, searchLayers } from "./search";
import { usePlaceable } from "./usePlaceable";

/** What most often follows a tensor of so many axes (batch included), the likeliest first. */
const OFTEN: Record<number, string[]> = {
  2: ["ReLU", "Dropout", "Linear", "BatchNorm1d", "LayerNorm", "Output"],
  3: ["LSTM", "TransformerEncoderLayer", "Conv1d", "LayerNorm", "Dropout", "Flatten"],
  4: ["BatchNorm2d", "ReLU", "MaxPool2d", "Conv2d", "Dropout", "Flatten"],
};
const OF_INDICES = ["Embedding", "Flatten"];
const NUM_SUGGESTED = 3;

/** Every layer, by family; click or Enter adds it after what is selected, dragging puts it where it is let go. */
export function Palette() {
  const { t } = useTranslation("editor");
  const catalogue = useEditor((editor) => editor.catalogue);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [unfolded, setUnfolded] = useState<Record<string, Unfolded>>({});
  const list = useRef<HTMLDivElement>(null);
  // Where there is little room, it lies over the canvas while it is open, and makes way for what is done elsewhere.
  const close = () => setOpen(false);
  const aside = useClickOutside<HTMLElement>(close, ["pointerdown"]);
  const all = usePlaceable();
  const own = t("palette.own");
  const everything = useMemo(() => byFamily(catalogue, all, own), [catalogue, all, own]);
  const found = useMemo(() => searchLayers(all, text), [all, text]);
  const families = text.trim() ? byFamily(catalogue, found, own) : everything;
  const store = useEditorStore();

  const goTo = (family: string) => {
    setOpen(true);
    setText("");
    setUnfolded({ ...unfolded, [family]: "all" });
    requestAnimationFrame(() =>
      list.current?.querySelector(`[data-family="${family}"]`)?.scrollIntoView({ block: "start" }),
    );
  };

  return (
    <aside
      ref={aside}
      className={open ? "palette open" : "palette"}
      aria-label={t("palette.label")}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget)) close();
      }}
      data-testid="palette"
    >
      <div className="find">
        <label className="field">
          <Icon name="search" />
          <input
            type="search"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onFocus={() => setOpen(true)}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing) return;
              if (event.key === "Enter" && text && found[0]) addLayer(store, found[0]);
              else if (event.key === "Escape") {
                event.currentTarget.blur();
                close();
              } else if (event.key === "ArrowDown") step(list.current, null, 1);
              else return;
              event.preventDefault();
            }}
            placeholder={t("palette.search")}
            aria-label={t("palette.search")}
            data-testid="palette-search"
          />
          <span className="kbd">N</span>
        </label>
      </div>
      <nav className="rail" aria-label={t("palette.families")}>
        {everything.map((family) => (
          <button
            key={family.id}
            type="button"
            className={`fam-${family.id === OWN ? "block" : family.id}`}
            title={family.label}
            aria-label={family.label}
            onClick={() => goTo(family.id)}
          >
            <Icon name={family.id === OWN ? "pin" : family.id} />
          </button>
        ))}
      </nav>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: leaving with the pointer folds it away on narrow screens; arrows walk its buttons */}
      <div
        className="plist"
        ref={list}
        onMouseLeave={() => setOpen(false)}
        onKeyDown={(event) => {
          const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (by === 0) return;
          step(list.current, event.target as HTMLElement, by);
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        {!text && <Suggested />}
        {families.map((family) => (
          <PaletteGroup
            key={family.id}
            id={family.id}
            title={family.label}
            note={String(family.layers.length)}
            layers={family.layers}
            unfolded={text.trim() ? "all" : (unfolded[family.id] ?? "first")}
            onUnfold={text.trim() ? undefined : (next) => setUnfolded({ ...unfolded, [family.id]: next })}
          />
        ))}
        {found.length === 0 && <p className="palette-none t3 sm">{t("palette.none", { text })}</p>}
      </div>
    </aside>
  );
}

/** Gives the focus to the next or the previous of the list's buttons. */
function step(list: HTMLElement | null, from: HTMLElement | null, by: number): void {
  const buttons = [...(list?.querySelectorAll<HTMLElement>("button") ?? [])];
  const at = from ? buttons.indexOf(from) : -1;
  buttons[Math.max(0, Math.min(buttons.length - 1, at + by))]?.focus();
}

/** Follows every edit, so that the families need not. */
function Suggested() {
  const { t } = useTranslation("editor");
  const suggested = useSuggested();
  if (!suggested) return null;
  const title = t("palette.fits", { name: suggested.name });
  return (
    <PaletteGroup id="suggested" title={title} note={t("palette.byUse")} layers={suggested.layers} unfolded="all" />
  );
}

/** What fits after the only selected node. */
function useSuggested(): { name: string; layers: LayerForm[] } | null {
  const layers = useEditor((editor) => editor.layers);
  const id = useEditor((editor) => (editor.selection.nodes.size === 1 ? [...editor.selection.nodes][0]! : null));
  const node = useEditor((editor) => (id ? findNode(graphHere(editor), id) : undefined));
  const outputs = useEditor((editor) => (id ? checkHere(editor)?.nodes[id]?.outputs : undefined));
  const form = useEditor((editor) => node && formOf(graphHere(editor), editor.layers, node));
  if (!form?.outputs.length) return null;
  const tensor = Object.values(outputs ?? {})[0];
  if (!tensor) return null;
  const likely = tensor.dtype === "int64" ? OF_INDICES : (OFTEN[tensor.shape.length] ?? []);
  const fitting = likely
    .flatMap((type) => layers.get(type) ?? [])
    .filter((layer) => layer.family !== form.family && fits(layer, tensor));
  return fitting.length > 0 ? { name: node!.name, layers: fitting.slice(0, NUM_SUGGESTED) } : null;
}
