import { Menu } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { blockOf } from "../../graph/blocks";
import { outputTensor, shapeText } from "../../graph/check";
import { edgesInto, type GraphNode } from "../../graph/document";
import { setParam } from "../../graph/edits";
import { formOf } from "../../graph/ports";
import { inOrder } from "../../graph/walk";
import { Button } from "../../ui/Button";
import { Formula } from "../../ui/Formula";
import { Icon } from "../../ui/Icon";
import { commandById, shownKey } from "../state/commands";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { checkHere, graphHere } from "../state/store";
import { CodeSnippet } from "./CodeSnippet";
import { Counts } from "./Counts";
import { InputForm } from "./InputForm";
import { NodeName } from "./NodeName";
import { NodeProblems } from "./NodeProblems";
import { OutputForm } from "./OutputForm";
import { ParamForms } from "./ParamForms";
import { Repeat } from "./Repeat";
import { Weights } from "./Weights";

/** One node: what it is, its shapes, its parameters, its counts, its code. */
export function NodeInspector({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const document = useDocument();
  const layer = useEditor((editor) => formOf(graphHere(editor), editor.layers, node));
  const order = useMemo(() => inOrder(document), [document]);
  const change = (name: string, value: unknown) => {
    store.getState().edit(setParam(graphHere(store.getState()), node.id, name, value), `param:${node.id}:${name}`);
  };
  const summaryOf = (summary: string | undefined, { type }: GraphNode) =>
    summary || t(summary === "" ? "blocks.yours" : "inspector.unknownType", { type });
  const done = () => store.getState().endGesture();
  return (
    <>
      <section>
        <div className="row">
          <span className={`tile fam-${layer?.family ?? "block"}`}>
            <Icon name={layer?.icon ?? "block"} />
          </span>
          <div className="grow">
            <NodeName node={node} />
            <div className="xs t3">
              {blockOf(node.type) ?? node.type}
              <span className="middot">·</span>
              {t("inspector.place", { place: order.indexOf(node.id) + 1, count: order.length })}
            </div>
          </div>
          {layer?.docs_url && (
            <a
              className="btn ghost icon sm"
              href={layer.docs_url}
              target="_blank"
              rel="noreferrer"
              aria-label={t("inspector.docs")}
              title={t("inspector.docs")}
            >
              <Icon name="ext" />
            </a>
          )}
          <NodeMenu isBlock={blockOf(node.type) !== null} />
        </div>
        <p className="sm t2 summary-text">{summaryOf(layer?.summary, node)}</p>
        {layer?.formula && <Formula source={layer.formula} />}
      </section>
      <NodeProblems nodeId={node.id} />
      <Shapes node={node} />
      {node.type === "Input" && <InputForm node={node} onChange={change} onDone={done} />}
      {node.type === "Output" && <OutputForm node={node} onChange={change} onDone={done} />}
      {layer && node.type !== "Input" && node.type !== "Output" && !node.shares && (
        <ParamForms node={node} layer={layer} onChange={change} onDone={done} />
      )}
      {layer && !node.shares && <Repeat node={node} layer={layer} />}
      {layer && <Weights key={node.id} node={node} layer={layer} />}
      <Counts nodeId={node.id} />
      <CodeSnippet name={node.name} />
    </>
  );
}

function NodeMenu({ isBlock }: { isBlock: boolean }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  return (
    <Menu position="bottom-end" returnFocus={false}>
      <Menu.Target>
        <Button variant="ghost" size="sm" icon="more" aria-label={t("inspector.more")} data-testid="node-menu" />
      </Menu.Target>
      <Menu.Dropdown>
        {[
          "rename",
          "duplicate",
          "copy",
          "freeze",
          "makeBlock",
          ...(isBlock ? ["openBlock", "dissolveBlock", "uniqueBlock"] : []),
          "selectUp",
          "selectDown",
          "remove",
        ]
          .map(commandById)
          .map((command) => (
            <Menu.Item
              key={command.id}
              onClick={() => command.run(store)}
              rightSection={command.keys[0] && <span className="kbd">{shownKey(command.keys[0])}</span>}
            >
              {t(`commands.${command.id}`)}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Shapes({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const document = useDocument();
  const check = useEditor((editor) => checkHere(editor));
  const inputs = edgesInto(document, node.id);
  const outputs = Object.entries(check?.nodes[node.id]?.outputs ?? {});
  if (inputs.length === 0 && outputs.length === 0) return null;
  const into = inputs.map((edge) => shapeText(outputTensor(check, edge)) ?? "–");
  return (
    <section>
      <div className="shapes">
        <div>
          <div className="xs t3">{t("inspector.in")}</div>
          <div className="mono" data-testid="shape-in">
            {into.length > 0 ? into.join(", ") : "–"}
          </div>
        </div>
        <Icon name="arrow" />
        <div>
          <div className="xs t3">{t("inspector.out")}</div>
          {outputs.length === 0 && <div className="mono">–</div>}
          {outputs.map(([port, tensor]) => (
            <div key={port} className="mono" data-testid="shape-out">
              {shapeText(tensor)}
              {outputs.length > 1 && <span className="t3"> {port}</span>}
              {tensor.dtype !== "float32" && <span className="t3"> {tensor.dtype}</span>}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
