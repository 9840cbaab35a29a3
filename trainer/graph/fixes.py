"""The repairs that are offered: each was applied to a copy and checked to remove its problem and to bring no other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest
from typing import Final

import trainer.messages.fixes  # noqa: F401 - registers the labels of the repairs
from trainer.errors import UserError
from trainer.graph.edits import apply_edits
from trainer.graph.parts import Document
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import RepairContext
from trainer.graph.repairs.registry import REPAIRS

MAX_OFFERED: Final = 3
MAX_TRIED: Final = 40
ALWAYS_TRIED: Final = 2
# A trial looks at every node again, 30 us each: of a small graph all are tried, of one of 1000 nodes the likeliest.
MAX_NODES_TRIED: Final = 2000
ProblemKey = tuple[str, str | None, str | None, str | None]


def checked_fixes(
    context: RepairContext,
    problems: Sequence[Problem],
    find_problems: Callable[[Document], Iterable[Problem]],
) -> dict[ProblemKey, list[Fix]]:
    """For each problem the repairs that hold: applied alone, they remove it and bring no other.

    The first proposals of all problems are tried before the second of any, as many as the size of the graph allows.
    """
    most = min(MAX_TRIED, max(ALWAYS_TRIED, MAX_NODES_TRIED // max(1, len(context.reports))))
    before = {problem.key() for problem in problems}
    fixes: dict[ProblemKey, list[Fix]] = {}
    for problem, fix in islice(_in_turn(context, problems), most):
        offered = fixes.setdefault(problem.key(), [])
        if len(offered) < MAX_OFFERED and _holds(context.document, problem, fix, before, find_problems):
            offered.append(fix)
    return fixes


def _in_turn(context: RepairContext, problems: Sequence[Problem]) -> Iterable[tuple[Problem, Fix]]:
    """The proposals for all problems, errors first, one of each in turn."""
    rows = [_proposals(context, p) for p in sorted(problems, key=lambda p: p.severity) if p.code in REPAIRS]
    return (proposal for proposal in chain.from_iterable(zip_longest(*rows)) if proposal is not None)


def _proposals(context: RepairContext, problem: Problem) -> Iterable[tuple[Problem, Fix]]:
    place = context.at(problem)
    for fix in REPAIRS[problem.code](problem, place):
        yield problem, replace(fix, edits=place.placed(fix.edits))


def _holds(
    document: Document,
    problem: Problem,
    fix: Fix,
    before: set[ProblemKey],
    find_problems: Callable[[Document], Iterable[Problem]],
) -> bool:
    try:
        after = {found.key() for found in find_problems(apply_edits(document, fix.edits))}
    except UserError:
        return False
    return problem.key() not in after and after <= before
