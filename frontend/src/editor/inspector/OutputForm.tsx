import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { LossForm, ParamForm } from "../../graph/catalogue";
import { columnsOf, fitsTarget, learnsNextToken, readsText, setTarget } from "../../graph/columns";
import { edgesInto, findNode, type GraphNode } from "../../graph/document";
import { fitsLoss, type LossChoice, lossOf, setLoss } from "../../graph/losses";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { ParamField } from "./ParamField";
import { ParamForms } from "./ParamForms";

interface OutputFormProps {
  node: GraphNode;
  onChange: (name: string, value: unknown) => void;
  onDone: () => void;
}

/** What is predicted, how a mistake counts, what is measured. */
export function OutputForm({ node, onChange, onDone }: OutputFormProps) {
  const { t } = useTranslation("editor");
  const id = useId();
  const store = useEditorStore();
  const { losses, metrics } = useEditor((editor) => editor.catalogue);
  const facts = useEditor((editor) => editor.facts);
  const layer = useEditor((editor) => editor.layers.get("Output"))!;
  const loss = node.params.loss as LossChoice | undefined;
  const form = lossOf(losses, node.params);
  const measured = new Set((node.params.metrics as string[] | undefined) ?? []);
  const fitting = metrics.filter(
    (metric) => measured.has(metric.type) || (fitsLoss(metric, form) && fitsTarget(metric, node)),
  );
  const chooseLoss = (type: string) => {
    const { history, edit, endGesture } = store.getState();
    const choice = type ? { type, params: {} } : undefined;
    edit(setLoss(history.present, node.id, choice, { losses, metrics }), `loss:${node.id}`);
    endGesture();
  };
  const setLossParam = (name: string, value: unknown) => {
    const { [name]: _, ...rest } = loss!.params;
    onChange("loss", { type: loss!.type, params: value === undefined ? rest : { ...loss!.params, [name]: value } });
  };
  return (
    <>
      <section>
        <h3>{t("inspector.parameters")}</h3>
        <Target node={node} loss={form} onDone={onDone} />
        <div className="param">
          <label htmlFor={`${id}-loss`}>
            {t("inspector.loss")}
            <code>loss</code>
          </label>
          <select
            id={`${id}-loss`}
            className="field"
            value={loss?.type ?? ""}
            onChange={(event) => chooseLoss(event.target.value)}
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
      {fitting.length > 0 && (
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
                    onChange("metrics", next.length > 0 ? next : undefined);
                    onDone();
                  }}
                />
                <span className="grow trunc">{metric.label}</span>
                <code className="t3 xs mono">{metric.type}</code>
              </label>
            ))}
          </div>
        </section>
      )}
      <ParamForms
        node={node}
        layer={{ ...layer, params: layer.params.filter((param) => applies(param, form)) }}
        onChange={onChange}
        onDone={onDone}
      />
    </>
  );
}

/** Which of an Output's parameters make sense with its loss; what has a place of its own is left out. */
function applies(param: ParamForm, loss: LossForm | undefined): boolean {
  if (["columns", "target", "loss", "metrics"].includes(param.name)) return false;
  if (param.name === "threshold") return !loss || loss.tasks.includes("labels");
  return true;
}

interface TargetProps extends Omit<OutputFormProps, "onChange"> {
  loss: LossForm | undefined;
}

/** Stands for the next token among the columns, none of whose names begins with a space. */
const NEXT_TOKEN = " next_token";

/** The column that is predicted; or what stands in for it: the next token, a wire, or nothing at all. */
function Target({ node, loss, onDone }: TargetProps) {
  const { t } = useTranslation("editor");
  const id = useId();
  const store = useEditorStore();
  const document = useDocument();
  const columns = useEditor((editor) => editor.columns);
  const target = learnsNextToken(node) ? NEXT_TOKEN : (columnsOf(node)[0] ?? "");
  const offersNext = (!loss || loss.tasks.includes("classes")) && readsText(document, columns);
  const choose = (value: string) => {
    const next = value === NEXT_TOKEN ? "next_token" : value ? { column: value } : undefined;
    const { history, edit } = store.getState();
    edit(setTarget(history.present, node, next), `param:${node.id}:target`);
    onDone();
  };
  const wire = edgesInto(document, node.id, "target")[0];
  const source = wire && findNode(document, wire.source);
  const label = (
    <>
      {t("inspector.target")}
      <code>{learnsNextToken(node) ? "target" : "columns"}</code>
    </>
  );
  if (!target && (source || loss?.target === false)) {
    return (
      <div className="param">
        <span className="param-label">{label}</span>
        <span className="field ro" data-testid="output-target">
          {source ? t("inspector.from", { name: source.name }) : t("inspector.targetNotNeeded")}
        </span>
      </div>
    );
  }
  return (
    <div className="param">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="field"
        value={target}
        onChange={(event) => choose(event.target.value)}
        data-testid="output-target"
      >
        <option value="">{t("inspector.noTarget")}</option>
        {(offersNext || learnsNextToken(node)) && <option value={NEXT_TOKEN}>{t("inspector.nextToken")}</option>}
        {target && target !== NEXT_TOKEN && !columns.some((column) => column.name === target) && (
          <option>{target}</option>
        )}
        {columns.map((column) => (
          <option key={column.name}>{column.name}</option>
        ))}
      </select>
      {learnsNextToken(node) && <p className="hint">{t("inspector.nextTokenHint")}</p>}
    </div>
  );
}
