"""Reading one JSON object key by key, so that every refusal names its path and no unknown key slips through."""

import builtins
from collections.abc import Mapping
from typing import Any, NoReturn

from trainer.errors import UserError
from trainer.graph.names import is_id
from trainer.layers.spec import is_number

_MISSING: Any = object()


def fail(code: str, path: str, /, **fields: Any) -> NoReturn:
    """Refuse the document: `code` is a message of the area `graph`; `path` is in its sentence as `{place}`."""
    raise UserError(code, path=path, place=path, **fields)


def describe(value: object) -> str:
    """A received value for a sentence: short, and in the words of JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "an object"
        case list() | tuple() if len(value) > 8:
            return f"a list of {len(value)}"
        case _:
            text = repr(value)
            return text if len(text) <= 80 else text[:77] + "..."


class Fields:
    """The keys of one object, each taken once; `finish` refuses what nobody took."""

    def __init__(self, data: object, path: str) -> None:
        if not isinstance(data, dict | Mapping):  # the first is quicker to see
            fail("graph.bad_value", path, expected="an object", received=describe(data))
        self._data: Mapping[str, Any] = data
        self._taken: set[str] = set()
        self.path = path

    @property
    def prefix(self) -> str:
        """What comes before a key's name in a path."""
        return "" if self.path == "document" else f"{self.path}."

    def any(self, key: str, default: Any = _MISSING) -> Any:
        self._taken.add(key)
        if key in self._data:
            return self._data[key]
        if default is _MISSING:
            fail("graph.missing_key", self.path, key=key)
        return default

    def text(self, key: str, default: Any = _MISSING, limit: int = 200) -> str:
        value = self.any(key, default)
        if not isinstance(value, str) or len(value) > limit:
            self._refuse(key, f"a text of at most {limit} characters", value)
        return value

    def identifier(self, key: str, default: Any = _MISSING) -> Any:
        value = self.any(key, default)
        if key not in self._data:
            return value
        if not isinstance(value, str) or not is_id(value):
            fail("graph.bad_id", f"{self.prefix}{key}", value=describe(value))
        return value

    def integer(self, key: str, default: Any = _MISSING, *, minimum: int = 0, maximum: int = 10**6) -> Any:
        value = self.any(key, default)
        if key not in self._data:
            return value
        if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
            self._refuse(key, f"a whole number from {minimum} to {maximum}", value)
        return value

    def boolean(self, key: str) -> bool:
        value = self.any(key, False)
        if not isinstance(value, bool):
            self._refuse(key, "true or false", value)
        return value

    def pair(self, key: str, default: tuple[float, float] = (0, 0)) -> tuple[float, float]:
        value = self.any(key, default)
        if not (isinstance(value, builtins.list | tuple) and len(value) == 2 and all(map(is_number, value))):
            self._refuse(key, "two numbers", value)
        return (value[0], value[1])

    def mapping(self, key: str, default: Any = _MISSING) -> Mapping[str, Any]:
        value = self.any(key, default)
        if not isinstance(value, dict | Mapping):
            self._refuse(key, "an object", value)
        return value

    def list(self, key: str, limit: int) -> "builtins.list[Fields]":
        """The objects in the list under `key`, which may be missing."""
        value = self.any(key, [])
        if not isinstance(value, builtins.list):
            self._refuse(key, "a list", value)
        if len(value) > limit:
            fail("graph.too_many", f"{self.prefix}{key}", count=len(value), what=key, limit=limit)
        return [Fields(entry, f"{self.prefix}{key}[{number}]") for number, entry in enumerate(value)]

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._data:
            if key not in self._taken:
                known = ", ".join(sorted(self._taken))
                fail("graph.unknown_key", f"{self.prefix}{str(key)[:80]}", key=str(key)[:80], known=known)

    def _refuse(self, key: str, expected: str, value: object) -> NoReturn:
        fail("graph.bad_value", f"{self.prefix}{key}", expected=expected, received=describe(value))
