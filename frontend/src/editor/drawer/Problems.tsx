import { useTranslation } from "react-i18next";
import type { Fix, Problem } from "../../graph/check";
import { followPath } from "../../graph/levels";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { repair, showProblem } from "../state/actions";
import { useEditor, useEditorStore } from "../state/context";
import { errorsFirst } from "../state/problems";
import type { EditorStore } from "../state/store";

/** Everything that is wrong, errors first: a click jumps to the node, the button repairs it. */
export function Problems() {
  const { t } = useTranslation("editor");
  const { result, status, message } = useEditor((editor) => editor.check);
  if (status === "failed") {
    return (
      <div className="problem" role="alert">
        <Icon name="error" className="bad" />
        <span className="med">{t("problems.check")}</span>
        <span>
          {message} <span className="t3">{t("problems.checkKept")}</span>
        </span>
      </div>
    );
  }
  const problems = [...(result?.problems ?? [])].sort(errorsFirst);
  if (problems.length === 0) return <p className="t3 sm drawer-none">{result ? t("problems.none") : ""}</p>;
  return problems.map((problem) => (
    <Row key={`${problem.code}|${problem.node}|${problem.param}|${problem.edge}`} problem={problem} />
  ));
}

function Row({ problem }: { problem: Problem }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const whole = useEditor((editor) => editor.history.present);
  const node = problem.node ? followPath(whole, problem.node).node : undefined;
  const [fix] = problem.fixes;
  const isError = problem.severity === "error";
  return (
    <div className="problem" data-testid="problem" data-code={problem.code}>
      <span
        className={isError ? "bad" : "warnc"}
        role="img"
        aria-label={t(isError ? "problems.error" : "problems.warning")}
      >
        <Icon name={isError ? "error" : "warn"} />
      </span>
      <button
        type="button"
        className="problem-node"
        disabled={!node}
        onClick={() => showProblem(store, problem)}
        data-testid="problem-jump"
      >
        {node?.name ?? t("problems.graph")}
      </button>
      <span className={isError ? "problem-text" : "problem-text t2"} title={problem.details ?? undefined}>
        {problem.message}
      </span>
      {fix && (
        <Button size="sm" icon="wrench" onClick={() => repairShown(store, problem, fix)} data-testid="problem-fix">
          {fix.label}
        </Button>
      )}
    </div>
  );
}

/** Goes to where the problem is and repairs it there. */
function repairShown(store: EditorStore, problem: Problem, fix: Fix): void {
  showProblem(store, problem);
  repair(store, problem, fix);
}
