"""The one kind of error that a person may meet."""

from collections.abc import Sequence
from typing import Any

from trainer.messages.registry import render_message


class UserError(Exception):
    """Something the person gave cannot be taken: which code, where, and the fields of its sentence.

    `code` is registered in `trainer.messages`; `path` says where in the input ("nodes[3].params.p", "row 12, column
    age"); `status` is the HTTP status the application answers with; `problems` are further errors of the same input.
    """

    def __init__(
        self,
        code: str,
        /,
        *,
        path: str = "",
        status: int = 400,
        problems: Sequence["UserError"] = (),
        **fields: object,
    ) -> None:
        self.code = code
        self.path = path
        self.status = status
        self.problems = tuple(problems)
        self.fields = fields
        super().__init__(self.message())

    def message(self, language: str = "en") -> str:
        return render_message(self.code, language, **self.fields)

    def to_json(self) -> dict[str, Any]:
        """The error as another process can raise it again."""
        plain = (int, float, str, type(None))
        return {
            "code": self.code,
            "path": self.path,
            "status": self.status,
            "fields": {key: value if isinstance(value, plain) else str(value) for key, value in self.fields.items()},
            "message": self.message(),
            "problems": [problem.to_json() for problem in self.problems],
        }
