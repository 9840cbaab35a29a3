"""What can be wrong with a graph that can be read: one problem, its place, its sentence and its repairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from trainer.messages.registry import render_message

Severity = Literal["error", "warning"]
Edit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that removes the problem. `id` is stable; its label is the message ``fix.ID`` with `fields`."""

    id: str
    edits: tuple[Edit, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self, language: str) -> dict[str, Any]:
        label = render_message(f"fix.{self.id}", language, **self.fields)
        return {"id": self.id, "label": label, "edits": [dict(edit) for edit in self.edits]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong. `node` is a path (``n5/n2`` inside a block); `details` is what torch itself said."""

    code: str
    node: str | None = None
    param: str | None = None
    edge: str | None = None
    severity: Severity = "error"
    fields: Mapping[str, Any] = field(default_factory=dict)
    details: str = ""

    def key(self) -> tuple[str, str | None, str | None, str | None]:
        """What makes two problems the same one."""
        return (self.code, self.node, self.param, self.edge)

    def to_json(self, language: str, fixes: Sequence[Fix] = ()) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "node": self.node,
            "param": self.param,
            "edge": self.edge,
            "message": render_message(self.code, language, **localise(self.fields, language)),
            "details": self.details,
            "fixes": [fix.to_json(language) for fix in fixes],
        }


def localise(fields: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The fields of a sentence with those that are texts themselves in the right language."""
    return {key: value.render(language) if hasattr(value, "render") else value for key, value in fields.items()}
