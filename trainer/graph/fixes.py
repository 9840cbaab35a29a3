"""The repairs that are offered: each was applied to a copy and checked to remove its problem and to bring no other."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Final

import trainer.messages.fixes  # noqa: F401 - registers the labels of the repairs
from trainer.errors import UserError
from trainer.graph.edits import apply_edits
from trainer.graph.parts import Document
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import RepairContext
from trainer.graph.repairs.registry import REPAIRS

MAX_TRIED: Final = 40
MAX_OFFERED: Final = 3
MAX_SECONDS: Final = 0.15  # of this thread's own work: what else the machine does takes no fix away
ALWAYS_TRIED: Final = 4
ProblemKey = tuple[str, str | None, str | None, str | None]


def checked_fixes(
    context: RepairContext,
    problems: Sequence[Problem],
    find_problems: Callable[[Document], Iterable[Problem]],
) -> dict[ProblemKey, list[Fix]]:
    """For each problem the repairs that hold: applied alone, they remove it and bring no other.

    The first proposals of all problems are tried before the second of any, until the time is up.
    """
    before = {problem.key() for problem in problems}
    fixes: dict[ProblemKey, list[Fix]] = {}
    started = time.thread_time()
    for tried, (problem, fix) in enumerate(_in_turn(context, problems)):
        if tried >= MAX_TRIED or (tried >= ALWAYS_TRIED and time.thread_time() - started > MAX_SECONDS):
            break
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
