import { useTranslation } from "react-i18next";
import { columnsOf, encoderOf, kindOf, setColumns, setEncoder } from "../../graph/columns";
import type { GraphNode } from "../../graph/document";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { graphHere } from "../state/store";
import { ParamField } from "./ParamField";
import { ParamForms } from "./ParamForms";

interface BoundFormProps {
  node: GraphNode;
  onChange: (name: string, value: unknown) => void;
  onDone: () => void;
}

/** Which columns enter here, and how they become numbers; without a data set, the shape by hand. */
export function InputForm({ node, onChange, onDone }: BoundFormProps) {
  const columns = useEditor((editor) => editor.columns);
  const layer = useEditor((editor) => editor.layers.get("Input"))!;
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
  return (
    <>
      <ColumnChoice node={node} onDone={onDone} />
      <EncoderForm node={node} onDone={onDone} />
    </>
  );
}

function ColumnChoice({ node, onDone }: Omit<BoundFormProps, "onChange">) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const columns = useEditor((editor) => editor.columns);
  const summary = useEditor((editor) => editor.layers.get("Input"))?.params.find(
    (param) => param.name === "columns",
  )?.summary;
  const { nodes } = useDocument();
  const targets = new Set(nodes.filter((one) => one.type === "Output").flatMap(columnsOf));
  const chosen = new Set(columnsOf(node));
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
    const { edit } = store.getState();
    edit(setColumns(graphHere(store.getState()), node, names, columns), `param:${node.id}:columns`);
    onDone();
  };
  return (
    <section>
      <h3>{t("inspector.columns")}</h3>
      <p className="xs t3">{summary}</p>
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

/** The settings of the encoder that the chosen columns have. */
function EncoderForm({ node, onDone }: Omit<BoundFormProps, "onChange">) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const kind = useEditor((editor) => kindOf(node, editor.columns));
  const params = useEditor((editor) => editor.catalogue.encoders)?.find((one) => one.kind === kind)?.params ?? [];
  const facts = useEditor((editor) => editor.facts);
  if (params.length === 0) return null;
  const settings = encoderOf(node);
  const change = (name: string, value: unknown) => {
    const { edit } = store.getState();
    edit(setEncoder(graphHere(store.getState()), node, name, value), `param:${node.id}:encoder.${name}`);
  };
  return (
    <section data-testid="encoder">
      <h3>{t("inspector.encoder")}</h3>
      {params.map((param) => (
        <ParamField
          key={param.name}
          param={param}
          value={settings[param.name]}
          facts={facts}
          onChange={(value) => change(param.name, value)}
          onDone={onDone}
        />
      ))}
    </section>
  );
}

/** An image, a text: what cannot share an Input with other columns. */
function isAlone(kind: string | undefined): boolean {
  return kind === "image" || kind === "text";
}
