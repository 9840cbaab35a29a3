"""The graphs of the sample projects."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from trainer.errors import UserError
from trainer.graph.template_sizes import SIZES

FOLDER: Final = Path(__file__).parent / "templates"


def template_names() -> tuple[str, ...]:
    """The names of all templates, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def load_template(name: str, size: int | None = None) -> dict[str, Any]:
    """The document of a template as JSON, in its usual size or another.

    Raises `KeyError` for a name that is none, and UserError `graph.template_size`, `graph.template_one_size`.
    """
    document: dict[str, Any] = json.loads(_read(name))
    if size is not None:
        if name not in SIZES:
            raise UserError("graph.template_one_size", path="size", name=name)
        SIZES[name].check(size)
        SIZES[name].resize(document, size)
    return document


def offered_sizes(name: str) -> dict[int, int]:
    """How many weights a template has in each size that it is offered in, {} where it has one."""
    if name not in SIZES:
        return {}
    return {size: SIZES[name].count(load_template(name, size)) for size in SIZES[name].offered}


def usual_size(name: str) -> int | None:
    return SIZES[name].usual if name in SIZES else None


@cache
def _read(name: str) -> str:
    if name not in template_names():
        raise KeyError(name)
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")
