import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { repair } from "../state/actions";
import { useEditor, useEditorStore } from "../state/context";
import { problemsOf } from "../state/problems";
import { checkHere } from "../state/store";

/** What is wrong with the node, with the repairs. */
export function NodeProblems({ nodeId }: { nodeId: string }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const problems = useEditor((editor) => problemsOf(checkHere(editor), nodeId));
  if (problems.length === 0) return null;
  return (
    <section className="node-problems" aria-label={t("problems.title")}>
      {problems.map((problem) => (
        <div key={`${problem.code}${problem.param}`}>
          <p className={problem.severity === "error" ? "sm bad row" : "sm warnc row"}>
            <Icon name={problem.severity === "error" ? "error" : "warn"} size={14} />
            <span>{problem.message}</span>
          </p>
          {problem.fixes.map((fix) => (
            <Button key={`${fix.id} ${fix.label}`} size="sm" icon="wrench" onClick={() => repair(store, problem, fix)}>
              {fix.label}
            </Button>
          ))}
        </div>
      ))}
    </section>
  );
}
