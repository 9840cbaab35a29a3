"""What an import has to say: what was taken, what was not, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import trainer.messages.importing  # noqa: F401 - registers the sentences of the lines and errors made here
from trainer.messages.registry import render_message

Level = Literal["info", "warning", "error"]
MAX_LINES = 200


class Unfit(Exception):
    """An operation that cannot be said in layers; the reason is for the locked node that stands for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the report: a message ``import.CODE`` and its fields."""

    level: Level
    code: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self, language: str) -> dict[str, str]:
        return {"level": self.level, "message": render_message(f"import.{self.code}", language, **self.fields)}


class Report:
    """The lines of one import, each once, at most `MAX_LINES`."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], Line] = {}

    def say(self, level: Level, code: str, /, **fields: Any) -> None:
        if len(self._lines) < MAX_LINES:
            self._lines.setdefault((code, repr(fields)), Line(level, code, fields))

    def to_json(self, language: str) -> list[dict[str, str]]:
        """Errors first, then warnings, each in the order they came up."""
        rank = {"error": 0, "warning": 1, "info": 2}
        lines = sorted(self._lines.values(), key=lambda line: rank[line.level])
        return [line.to_json(language) for line in lines]

    def has(self, code: str) -> bool:
        return any(line.code == code for line in self._lines.values())
