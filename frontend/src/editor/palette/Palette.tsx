import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LayerForm } from "../../graph/catalogue";
import { findNode } from "../../graph/document";
import { fits } from "../../graph/wiring";
import { Icon } from "../../ui/Icon";
import { LAYER_MIME } from "../canvas/useDrop";
import { addLayer } from "../state/actions";
import { useEditor, useEditorStore } from "../state/context";
import { LayerItem } from "./LayerItem";
import { byFamily, placeable, searchLayers } from "./search";

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
  const list = useRef<HTMLDivElement>(null);
  const found = useMemo(() => searchLayers(placeable(catalogue), text), [catalogue, text]);
  const families = useMemo(() => byFamily(catalogue, found), [catalogue, found]);
  const store = useEditorStore();
  const suggested = useSuggested();

  const goTo = (family: string) => {
    setOpen(true);
    setText("");
    requestAnimationFrame(() =>
      list.current?.querySelector(`[data-family="${family}"]`)?.scrollIntoView({ block: "start" }),
    );
  };

  return (
    <aside className={open ? "palette open" : "palette"} aria-label={t("palette.label")} data-testid="palette">
      <div className="find">
        <label className="field">
          <Icon name="search" />
          <input
            type="search"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onFocus={() => setOpen(true)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && text && found[0]) addLayer(store, found[0]);
              if (event.key === "Escape") event.currentTarget.blur();
            }}
            placeholder={t("palette.search")}
            aria-label={t("palette.search")}
            data-testid="palette-search"
          />
          <span className="kbd">N</span>
        </label>
      </div>
      <nav className="rail" aria-label={t("palette.families")}>
        {byFamily(catalogue, placeable(catalogue)).map((family) => (
          <button
            key={family.id}
            type="button"
            className={`fam-${family.id}`}
            title={family.label}
            aria-label={family.label}
            onClick={() => goTo(family.id)}
          >
            <Icon name={family.id === "merge" ? "merge" : family.id} />
          </button>
        ))}
      </nav>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: leaving the list with the pointer folds it away on narrow screens */}
      <div className="plist" ref={list} onMouseLeave={() => setOpen(false)}>
        {!text && suggested && (
          <Group
            title={t("palette.fits", { name: suggested.name })}
            note={t("palette.byUse")}
            layers={suggested.layers}
          />
        )}
        {families.map((family) => (
          <Group
            key={family.id}
            id={family.id}
            title={family.label}
            note={String(family.layers.length)}
            layers={family.layers}
          />
        ))}
        {found.length === 0 && <p className="palette-none t3 sm">{t("palette.none", { text })}</p>}
      </div>
    </aside>
  );
}

/** What fits after the only selected node. */
function useSuggested(): { name: string; layers: LayerForm[] } | null {
  const layers = useEditor((editor) => editor.layers);
  const id = useEditor((editor) => (editor.selection.nodes.size === 1 ? [...editor.selection.nodes][0]! : null));
  const node = useEditor((editor) => (id ? findNode(editor.history.present, id) : undefined));
  const outputs = useEditor((editor) => (id ? editor.check.result?.nodes[id]?.outputs : undefined));
  if (!node || !layers.get(node.type)?.outputs.length) return null;
  const tensor = Object.values(outputs ?? {})[0];
  if (!tensor) return null;
  const family = layers.get(node.type)!.family;
  const likely = tensor.dtype === "int64" ? OF_INDICES : (OFTEN[tensor.shape.length] ?? []);
  const fitting = likely
    .flatMap((type) => layers.get(type) ?? [])
    .filter((layer) => layer.family !== family && fits(layer, tensor));
  return fitting.length > 0 ? { name: node.name, layers: fitting.slice(0, NUM_SUGGESTED) } : null;
}

interface GroupProps {
  id?: string;
  title: string;
  note: string;
  layers: LayerForm[];
}

function Group({ id, title, note, layers }: GroupProps) {
  const store = useEditorStore();
  return (
    <section data-family={id}>
      <h3>
        {title}
        <span className="count">{note}</span>
      </h3>
      {layers.map((layer) => (
        <button
          key={layer.type}
          type="button"
          className="pitem"
          draggable
          onDragStart={(event) => {
            event.dataTransfer.setData(LAYER_MIME, layer.type);
            event.dataTransfer.effectAllowed = "copy";
          }}
          onClick={() => addLayer(store, layer)}
          data-testid={id ? `palette-${layer.type}` : `suggested-${layer.type}`}
        >
          <LayerItem layer={layer} />
        </button>
      ))}
    </section>
  );
}
