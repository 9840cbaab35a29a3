"""The graphs of the sample projects."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "templates"


def template_names() -> tuple[str, ...]:
    """The names of all templates, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def load_template(name: str) -> dict[str, Any]:
    """The document of a template as JSON. Raises `KeyError` for a name that is none."""
    document: dict[str, Any] = json.loads(_read(name))
    return document


@cache
def _read(name: str) -> str:
    if name not in template_names():
        raise KeyError(name)
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")
