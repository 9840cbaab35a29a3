"""The check of a graph: everything a person sees about it while drawing. Uses torch; runs in the helper processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from trainer.data.columns import DataFacts
from trainer.graph.advice import advice
from trainer.graph.bind import try_bind
from trainer.graph.canonical import content_hash
from trainer.graph.fixes import checked_fixes
from trainer.graph.heads import head_problems
from trainer.graph.infer import Attempt, Inference, NodeReport
from trainer.graph.limits import module_problem, total_problem
from trainer.graph.parts import Document
from trainer.graph.plan import Plan
from trainer.graph.problems import Problem
from trainer.graph.repairs.context import RepairContext
from trainer.graph.trial import TrialCache

FLOAT_BYTES: Final = 4
CACHE: Final = TrialCache()
# What the nodes of the graph that was checked last came to: of the next, mostly the same, only the edited are tried.
LATELY: Final[dict[str, Attempt]] = {}


@dataclass(frozen=True, slots=True)
class Analysis:
    """A document analysed: what is said of each node, the sums, all problems, and the plan of what can be built."""

    document: Document
    reports: dict[str, NodeReport]
    totals: dict[str, int]
    problems: tuple[Problem, ...]
    plan: Plan

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def analyse(
    document: Document, *, facts: DataFacts | None = None, batch_size: int = 32, language: str = "en"
) -> dict[str, Any]:
    """The answer of the check: shapes, counts, problems with their repairs, and the hash of `document`."""
    analysis = examine(document, facts=facts, batch_size=batch_size, attempts=LATELY)

    def find_problems(edited: Document) -> tuple[Problem, ...]:
        return examine(edited, facts=facts, batch_size=batch_size, attempts=LATELY).problems

    fixes = checked_fixes(RepairContext(document, analysis.reports, facts), analysis.problems, find_problems)
    for path in LATELY.keys() - analysis.reports.keys():
        del LATELY[path]
    return {
        "nodes": {path: report.to_json() for path, report in analysis.reports.items()},
        "totals": analysis.totals,
        "problems": [problem.to_json(language, fixes.get(problem.key(), ())) for problem in analysis.problems],
        "hash": content_hash(document),
    }


def examine(
    document: Document,
    *,
    facts: DataFacts | None = None,
    batch_size: int = 32,
    attempts: dict[str, Attempt] | None = None,
) -> Analysis:
    """Bind, check and infer `document`. `attempts` are those of documents that it may be an edited copy of."""
    too_many = module_problem(document)
    if too_many is not None:
        return Analysis(document, {}, _totals([], 0, batch_size), (too_many,), Plan(()))
    bound = try_bind(document, facts) if facts is not None else None
    document, facts = (bound.document, bound.facts) if bound else (document, facts)
    inference = Inference(document, CACHE, {} if attempts is None else attempts)
    walk = inference.run()
    problems = [*(bound.problems if bound else ()), *inference.problems, *head_problems(document, walk, facts)]
    plan = walk.plan()
    problems += advice(document, inference.reports, facts, batch_size)
    problems += [
        Problem(code=code)
        for node_type, code in (("Input", "graph.no_input"), ("Output", "graph.no_output"))
        if not any(node.type == node_type for node in document.nodes)
    ]
    if plan.outputs and not plan.inputs:
        problems.append(Problem(code="graph.input_unused"))
    for problem in problems:
        report = inference.reports.get(problem.node or "")
        if report is not None and problem.severity == "error" and report.state != "unused":
            report.state = "error"
    totals = _totals([inference.reports[node.id] for node in document.nodes], inference.saved_bytes, batch_size)
    too_large = total_problem(totals, batch_size)
    if too_large is not None and not any(problem.code.startswith("limit.") for problem in problems):
        problems.append(too_large)
    unique = {problem.key(): problem for problem in problems}
    return Analysis(document, inference.reports, totals, tuple(unique.values()), plan)


def _totals(reports: Sequence[NodeReport], saved_bytes: int, batch_size: int) -> dict[str, int]:
    """The sums over the top-level nodes that count.

    `peak_bytes` is what training holds at the very least: weights, gradients, and what the backward pass keeps of a
    batch. With optimizer, data and working memory it is measured by `trainer.training.memory`.
    """
    counting = [report for report in reports if report.state != "unused"]
    num_parameters = sum(report.num_parameters for report in counting)
    num_trainable = sum(report.num_trainable for report in counting)
    return {
        "num_parameters": num_parameters,
        "num_trainable": num_trainable,
        "macs": sum(report.macs for report in counting),
        "activation_bytes": saved_bytes,
        "peak_bytes": FLOAT_BYTES * (num_parameters + num_trainable) + batch_size * saved_bytes,
    }
