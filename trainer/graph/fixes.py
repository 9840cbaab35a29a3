"""The repairs that are offered: each was applied to a copy and checked to remove its problem and to bring no other."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from trainer.errors import UserError
from trainer.graph.document import parse_document
from trainer.graph.edits import apply_edits
from trainer.graph.parts import Document
from trainer.graph.problems import Fix, Problem
from trainer.graph.repair_context import RepairContext
from trainer.graph.repairs import REPAIRS

MAX_TRIED: Final = 24
ProblemKey = tuple[str, str | None, str | None, str | None]


def checked_fixes(
    context: RepairContext,
    problems: Sequence[Problem],
    find_problems: Callable[[Document], Iterable[Problem]],
) -> dict[ProblemKey, list[Fix]]:
    """For each problem the repairs that hold: applied alone, they remove it and bring no other."""
    document = context.document.to_json()
    before = {problem.key() for problem in problems}
    fixes: dict[ProblemKey, list[Fix]] = {}
    tried = 0
    for problem in problems:
        repair = REPAIRS.get(problem.code)
        proposals = repair(problem, context) if repair and "/" not in (problem.node or "") else ()
        for fix in proposals:
            tried += 1
            if tried > MAX_TRIED:
                return fixes
            try:
                after = find_problems(parse_document(apply_edits(document, fix.edits)))
            except UserError:
                continue
            keys = {found.key() for found in after}
            if problem.key() not in keys and keys <= before:
                fixes.setdefault(problem.key(), []).append(fix)
    return fixes
