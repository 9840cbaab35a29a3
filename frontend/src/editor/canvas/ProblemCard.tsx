import { NodeToolbar, Position } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import { findNode } from "../../graph/document";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { repair } from "../state/actions";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { problemsOf } from "../state/problems";
import { checkHere } from "../state/store";
import { useView } from "../state/view";

/** What is wrong with a node, beside it, with its repair. */
export function ProblemCard() {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const document = useDocument();
  const nodeId = useView((view) => view.problemOf);
  const check = useEditor((editor) => checkHere(editor));
  const node = nodeId ? findNode(document, nodeId) : undefined;
  const problem = nodeId ? problemsOf(check, nodeId)[0] : undefined;
  if (!node || !problem) return null;
  const close = () => useView.getState().set({ problemOf: null });
  const show = () => {
    store.getState().selectNodes(node.id);
    close();
  };
  return (
    <NodeToolbar nodeId={node.id} isVisible position={Position.Right} offset={22} align="center">
      <section className={problem.severity === "error" ? "pop" : "pop warn"} role="alert" data-testid="problem-card">
        <h4>
          <Icon name={problem.severity === "error" ? "error" : "warn"} />
          <span className="grow">{node.name}</span>
          <Button variant="ghost" size="sm" icon="x" aria-label={t("problems.dismiss")} onClick={close} />
        </h4>
        <p>{problem.message}</p>
        {problem.details && <p className="t3">{problem.details}</p>}
        <div className="row pop-actions">
          {problem.fixes.map((fix, i) => (
            <Button
              key={`${fix.id} ${fix.label}`}
              variant={i === 0 ? "primary" : undefined}
              size="sm"
              icon="wrench"
              onClick={() => repair(store, problem, fix)}
              data-testid="problem-card-fix"
            >
              {fix.label}
            </Button>
          ))}
          <Button variant="ghost" size="sm" onClick={show}>
            {t("problems.show")}
          </Button>
        </div>
      </section>
    </NodeToolbar>
  );
}
