import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Form } from "../../graph/catalogue";
import type { GraphNode } from "../../graph/document";
import { useEditor } from "../state/context";
import { ParamField } from "./ParamField";
import { ParamForms } from "./ParamForms";

interface OutputFormProps {
  node: GraphNode;
  onChange: (name: string, value: unknown) => void;
  onDone: () => void;
}

interface LossValue {
  type: string;
  params: Record<string, unknown>;
}

/** What is predicted, how a mistake counts, what is measured. */
export function OutputForm({ node, onChange, onDone }: OutputFormProps) {
  const { t } = useTranslation("editor");
  const id = useId();
  const { losses, metrics } = useEditor((editor) => editor.catalogue);
  const columns = useEditor((editor) => editor.columns);
  const facts = useEditor((editor) => editor.facts);
  const layer = useEditor((editor) => editor.layers.get("Output"))!;
  const loss = node.params.loss as LossValue | undefined;
  const target = (node.params.columns as string[] | undefined)?.[0] ?? "";
  const form = losses.find((one) => one.type === loss?.type);
  const measured = new Set((node.params.metrics as string[] | undefined) ?? []);
  const fitting = metrics.filter((metric) => fitsLoss(metric.tasks, form));
  const setOnce = (name: string, value: unknown) => {
    onChange(name, value);
    onDone();
  };
  const setLossParam = (name: string, value: unknown) => {
    const { [name]: _, ...rest } = loss!.params;
    onChange("loss", { type: loss!.type, params: value === undefined ? rest : { ...loss!.params, [name]: value } });
  };
  return (
    <>
      <section>
        <h3>{t("inspector.parameters")}</h3>
        <div className="param">
          <label htmlFor={`${id}-target`}>
            {t("inspector.target")}
            <code>columns</code>
          </label>
          <select
            id={`${id}-target`}
            className="field"
            value={target}
            onChange={(event) => setOnce("columns", event.target.value ? [event.target.value] : undefined)}
            data-testid="output-target"
          >
            <option value="">{t("inspector.noTarget")}</option>
            {target && !columns.some((column) => column.name === target) && <option>{target}</option>}
            {columns.map((column) => (
              <option key={column.name}>{column.name}</option>
            ))}
          </select>
        </div>
        <div className="param">
          <label htmlFor={`${id}-loss`}>
            {t("inspector.loss")}
            <code>loss</code>
          </label>
          <select
            id={`${id}-loss`}
            className="field"
            value={loss?.type ?? ""}
            onChange={(event) =>
              setOnce("loss", event.target.value ? { type: event.target.value, params: {} } : undefined)
            }
            data-testid="output-loss"
          >
            <option value="">{t("inspector.none")}</option>
            {losses.map((one) => (
              <option key={one.type} value={one.type}>
                {one.label}
              </option>
            ))}
          </select>
          {form && <p className="hint">{form.summary}</p>}
        </div>
        {form?.params.map((param) => (
          <ParamField
            key={param.name}
            param={param}
            value={loss?.params[param.name]}
            facts={facts}
            onChange={(value) => setLossParam(param.name, value)}
            onDone={onDone}
          />
        ))}
      </section>
      <section>
        <h3>{t("inspector.metrics")}</h3>
        <div className="columns">
          {fitting.map((metric) => (
            <label key={metric.type} className="column" title={metric.summary}>
              <input
                type="checkbox"
                checked={measured.has(metric.type)}
                onChange={() => {
                  const next = metrics
                    .map((one) => one.type)
                    .filter((type) => (type === metric.type) !== measured.has(type));
                  setOnce("metrics", next.length > 0 ? next : undefined);
                }}
              />
              <span className="grow trunc">{metric.label}</span>
              <code className="t3 xs mono">{metric.type}</code>
            </label>
          ))}
        </div>
      </section>
      <ParamForms
        node={node}
        layer={{
          ...layer,
          params: layer.params.filter((param) => !["columns", "loss", "metrics"].includes(param.name)),
        }}
        onChange={onChange}
        onDone={onDone}
      />
    </>
  );
}

function fitsLoss(tasks: string[], loss: (Form & { tasks?: string[] }) | undefined): boolean {
  return !loss?.tasks || tasks.some((task) => loss.tasks!.includes(task));
}
