import { useTranslation } from "react-i18next";
import { outputTensor, shapeText } from "../../graph/check";
import { edgesInto, findNode } from "../../graph/document";
import { formOf } from "../../graph/ports";
import { inOrder } from "../../graph/walk";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { problemsOf } from "../state/problems";
import { checkHere } from "../state/store";
import { useView } from "../state/view";

/** The graph as a list in its order: what feeds each node, its shapes, its problems. */
export function Outline() {
  const { t } = useTranslation("editor");
  const open = useView((view) => view.outline);
  const store = useEditorStore();
  const document = useDocument();
  const check = useEditor((editor) => checkHere(editor));
  const layers = useEditor((editor) => editor.layers);
  const selected = useEditor((editor) => editor.selection.nodes);
  if (!open) return null;
  const order = inOrder(document);
  return (
    <nav className="outline" aria-label={t("outline.label")} data-testid="outline">
      <header>
        <h2>{t("outline.label")}</h2>
        <Button
          variant="ghost"
          size="sm"
          icon="x"
          aria-label={t("outline.close")}
          onClick={() => useView.getState().set({ outline: false })}
        />
      </header>
      <ol>
        {order.map((id, i) => {
          const node = findNode(document, id)!;
          const form = formOf(document, layers, node);
          const above = edgesInto(document, id);
          const from = above.map((edge) => findNode(document, edge.source)?.name).join(", ");
          const input = above[0] && shapeText(outputTensor(check, above[0]));
          const output = shapeText(Object.values(check?.nodes[id]?.outputs ?? {})[0]);
          const problems = problemsOf(check, id);
          const said = [
            t("said.node", { type: node.type, name: node.name, place: i + 1, count: order.length }),
            from && t("said.from", { names: from }),
            input && t("said.input", { shape: input }),
            output && t("said.output", { shape: output }),
            problems.length > 0
              ? problems.map((problem) => problem.message).join(" ")
              : t("said.problems", { count: 0 }),
          ];
          return (
            <li key={id}>
              <button
                type="button"
                className={selected.has(id) ? "outline-item on" : "outline-item"}
                aria-current={selected.has(id) || undefined}
                onClick={() => {
                  store.getState().selectNodes(id);
                  useView.getState().canvas?.show(id);
                }}
                data-testid={`outline-${node.name}`}
              >
                <span className={`fam-${form?.family ?? "block"} outline-icon`}>
                  <Icon name={form?.icon ?? "block"} />
                </span>
                <span className="sr-only">{said.filter(Boolean).join(", ")}</span>
                <b aria-hidden="true">{node.name}</b>
                <span className="t3" aria-hidden="true">
                  {node.type}
                </span>
                <span className="grow" />
                {problems.length > 0 && <Icon name="error" size={14} className="bad" />}
                <span className="mono t3" aria-hidden="true">
                  {output ?? ""}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
