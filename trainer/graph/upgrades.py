"""Older formats become newer ones, step by step, by pure functions over JSON.

To add format N + 1: write `_from_N(data) -> data`, add it to `UPGRADES`, raise `FORMAT`, and freeze a document of
format N under `tests/trainer/graph/fixtures/`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from trainer.graph.fields import describe, fail
from trainer.graph.parts import FORMAT

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


UPGRADES: Final[Mapping[int, Upgrade]] = {}


def upgrade(data: object, upgrades: Mapping[int, Upgrade] = UPGRADES, newest: int = FORMAT) -> object:
    """`data` in the newest format. Refuses a format that is newer than this version, or none."""
    if not isinstance(data, Mapping):
        fail("graph.bad_value", "document", expected="an object", received=describe(data))
    if "format" not in data:
        fail("graph.missing_key", "document", key="format")
    number = data["format"]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        fail("graph.bad_value", "format", expected=f"a whole number from 1 to {newest}", received=describe(number))
    if number > newest:
        fail("graph.newer_format", "format", format=number, newest=newest)
    current = dict(data)
    for step in range(number, newest):
        current = upgrades[step](current)
    return current
