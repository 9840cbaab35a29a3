import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Form, ParamForm } from "../../graph/catalogue";
import { valueText } from "../../graph/check";
import { edgesInto, findNode, type GraphNode } from "../../graph/document";
import { inferredSize } from "../../graph/sharing";
import { Icon } from "../../ui/Icon";
import { useDocument, useEditor } from "../state/context";
import { problemsOf } from "../state/problems";
import { checkHere } from "../state/store";
import { ParamField } from "./ParamField";
import { fitsParam, splitParams } from "./values";

interface ParamFormsProps {
  node: GraphNode;
  layer: Form;
  onChange: (name: string, value: unknown) => void;
  onDone: () => void;
}

/** The parameters of a layer: important and set ones, what follows from the input, the rest folded. */
export function ParamForms({ node, layer, onChange, onDone }: ParamFormsProps) {
  const { t } = useTranslation("editor");
  const facts = useEditor((editor) => editor.facts);
  const blockParams = useDocument().inside?.params ?? [];
  const problems = useEditor((editor) => problemsOf(checkHere(editor), node.id));
  const [open, setOpen] = useState(false);
  const { shown, folded } = splitParams(layer.params, node.params);
  const inferred = layer.params.filter((param) => param.inferred);
  const field = (param: ParamForm) => (
    <ParamField
      key={param.name}
      param={param}
      value={node.params[param.name]}
      facts={facts}
      blockParams={blockParams.filter((one) => fitsParam(one, param))}
      onChange={(value) => onChange(param.name, value)}
      onDone={onDone}
      bad={problems.some((problem) => problem.param === param.name)}
    />
  );
  return (
    <>
      {shown.length + inferred.length > 0 && (
        <section>
          <h3>{t("inspector.parameters")}</h3>
          {shown.map(field)}
          {inferred.map((param) => (
            <Inferred key={param.name} node={node} param={param} />
          ))}
        </section>
      )}
      {folded.length > 0 && (
        <section>
          <h3 className="fold">
            <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="more-parameters">
              <Icon name={open ? "down" : "right"} size={14} />
              {t("inspector.atDefaults", { count: folded.length })}
            </button>
          </h3>
          {open ? (
            folded.map(field)
          ) : (
            <p className="mono t3 defaults">
              {folded.map((param) => `${param.name} ${valueText(param.default ?? null, facts)}`).join(" · ")}
            </p>
          )}
        </section>
      )}
    </>
  );
}

/** A parameter that follows from what arrives: locked, with where it comes from. */
function Inferred({ node, param }: { node: GraphNode; param: ParamForm }) {
  const { t } = useTranslation("editor");
  const document = useDocument();
  const check = useEditor((editor) => checkHere(editor));
  const wire = edgesInto(document, node.id, param.inferred_from?.port)[0];
  const size = inferredSize(document, check, node, param.inferred_from);
  const from = wire && findNode(document, wire.source)?.name;
  return (
    <div className="param">
      <span className="param-label">
        {param.label}
        <code>{param.name}</code>
      </span>
      <span className="field ro" data-testid={`param-${param.name}`}>
        {typeof size === "number" ? size : "–"}
        <span className="unit row">
          <Icon name="lock" size={12} />
          {from ? t("inspector.from", { name: from }) : t("inspector.fromInput")}
        </span>
      </span>
    </div>
  );
}
