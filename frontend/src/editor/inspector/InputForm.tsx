import { useTranslation } from "react-i18next";
import type { GraphNode } from "../../graph/document";
import { useDocument, useEditor } from "../state/context";
import { ParamForms } from "./ParamForms";

interface BoundFormProps {
  node: GraphNode;
  onChange: (name: string, value: unknown) => void;
  onDone: () => void;
}

/** Which columns enter here; without a data set, the shape by hand. */
export function InputForm({ node, onChange, onDone }: BoundFormProps) {
  const { t } = useTranslation("editor");
  const columns = useEditor((editor) => editor.columns);
  const layer = useEditor((editor) => editor.layers.get("Input"))!;
  const { nodes } = useDocument();
  const targets = new Set(
    nodes.filter((one) => one.type === "Output").flatMap((one) => (one.params.columns as string[] | undefined) ?? []),
  );
  const chosen = new Set((node.params.columns as string[] | undefined) ?? []);
  if (columns.length === 0) {
    return (
      <ParamForms
        node={node}
        layer={{ ...layer, params: layer.params.filter((param) => param.name === "shape" || param.name === "dtype") }}
        onChange={onChange}
        onDone={onDone}
      />
    );
  }
  const toggle = (name: string, alone: boolean) => {
    const next = new Set(chosen);
    if (next.has(name)) next.delete(name);
    else if (alone) {
      next.clear();
      next.add(name);
    } else {
      for (const old of next) if (isAlone(columns.find((column) => column.name === old)?.kind)) next.delete(old);
      next.add(name);
    }
    const names = columns.filter((column) => next.has(column.name)).map((column) => column.name);
    onChange("columns", names.length > 0 ? names : undefined);
    onDone();
  };
  return (
    <section>
      <h3>{t("inspector.columns")}</h3>
      <p className="xs t3">{layer.params.find((param) => param.name === "columns")?.summary}</p>
      <fieldset className="columns" aria-label={t("inspector.columns")}>
        {columns.map((column) => (
          <label key={column.name} className="column">
            <input
              type="checkbox"
              checked={chosen.has(column.name)}
              disabled={targets.has(column.name) && !chosen.has(column.name)}
              onChange={() => toggle(column.name, isAlone(column.kind))}
              data-testid={`input-column-${column.name}`}
            />
            <span className="grow trunc">{column.name}</span>
            <span className="t3 xs">
              {targets.has(column.name) ? t("inspector.isTarget") : t(`kinds.${column.kind}`)}
            </span>
          </label>
        ))}
      </fieldset>
    </section>
  );
}

/** An image, a text: what cannot share an Input with other columns. */
function isAlone(kind: string | undefined): boolean {
  return kind === "image" || kind === "text";
}
