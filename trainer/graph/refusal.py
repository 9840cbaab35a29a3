"""Refusing to build or run a graph with problems."""

from collections.abc import Sequence

import trainer.messages.graph  # noqa: F401 - registers the sentence of the error raised here
from trainer.errors import UserError
from trainer.graph.problems import Problem, localise


def invalid_graph(problems: Sequence[Problem]) -> UserError:
    """`graph.invalid` (422) with each problem as an error of its own, its path the node and parameter."""
    errors = [UserError(p.code, path=_path(p), status=422, **localise(p.fields, "en")) for p in problems]
    first = errors[0].message() if errors else ""
    return UserError("graph.invalid", status=422, problems=errors, count=len(errors), first=first)


def _path(problem: Problem) -> str:
    place = problem.node or problem.edge or ""
    return f"{place}.{problem.param}" if problem.param else place
