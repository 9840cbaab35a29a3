"""What every encoder is: raw values in, arrays out, and back from JSON unchanged."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from trainer.data.columns import Column, Kind
from trainer.errors import UserError
from trainer.layers.spec import Param

MAX_PROBLEMS = 100

Instance = Mapping[str, Any]  # one row as a person sends it: column -> raw value
Arrays = Mapping[
    str, np.ndarray
]  # column -> stored values of many rows, see `trainer.data.version.VersionReader.arrays`


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor without its batch axis."""

    shape: tuple[int, ...]
    dtype: str


class InputEncoder(ABC):
    """Turns the columns of one Input into one array. Fitted on training rows, then never changed.

    `settings` are those a person may change, as forms show them.
    """

    kinds: ClassVar[tuple[Kind, ...]]
    settings: ClassVar[tuple[Param, ...]]
    single: ClassVar[bool]  # one column only

    columns: tuple[str, ...]

    @classmethod
    @abstractmethod
    def spec(cls, columns: Sequence[Column], settings: Mapping[str, Any]) -> TensorSpec:
        """What this encoder gives for `columns`; known before it is fitted."""

    @classmethod
    @abstractmethod
    def fit(cls, columns: Sequence[Column], settings: Mapping[str, Any], arrays: Arrays) -> Self:
        """Fit on the training rows `arrays`."""

    @classmethod
    @abstractmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self: ...

    @abstractmethod
    def to_json(self) -> dict[str, Any]: ...

    @property
    @abstractmethod
    def tensor_spec(self) -> TensorSpec: ...

    @abstractmethod
    def encode_arrays(self, arrays: Arrays) -> np.ndarray:
        """Stored values of N rows -> [N, *shape]."""

    @abstractmethod
    def encode(self, instances: Sequence[Instance]) -> np.ndarray:
        """Raw JSON values of N rows, every column present -> [N, *shape]; raises `value.invalid` with all problems."""

    @abstractmethod
    def value_schema(self, column: str) -> dict[str, Any]:
        """JSON Schema of one raw value."""

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor_spec.shape

    @property
    def dtype(self) -> str:
        return self.tensor_spec.dtype


def resolve_settings(known: Sequence[Param], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` with the defaults filled in; raises on an unknown setting or value."""
    settings = {param.name: param for param in known}
    for name, value in given.items():
        if name not in settings:
            raise UserError("data.unknown_setting", setting=str(name)[:80], known=", ".join(settings) or "-")
        if not settings[name].accepts(value) or not settings[name].in_range(value):
            raise bad_setting(settings[name], value)
    return {name: given.get(name, param.default) for name, param in settings.items()}


def bad_setting(param: Param, value: Any, expected: str = "") -> UserError:
    """What to raise where a setting does not take a value; `expected` in place of what the setting itself says."""
    said = expected or " | ".join(param.choices) or param.range_text() or param.kind
    return UserError("data.bad_setting", setting=param.name, expected=said, received=repr(value)[:80])


def raise_problems(problems: Sequence[UserError], *, count: int | None = None) -> None:
    """Raise `value.invalid` with `problems`, if there are any: all counted (or `count`), the first few told."""
    if problems:
        raise UserError("value.invalid", problems=problems[:MAX_PROBLEMS], count=count or len(problems))


def describe_type(value: object) -> str:
    """The JSON name of a value's type, for a sentence."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case Mapping():
            return "object"
        case _:
            return type(value).__name__
