"""The settings of a layer of Keras, each taken only where it is of the kind and size it should be."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final, TypeGuard

from trainer.graph.importing.report import Unfit

LARGEST: Final = 2**31


def is_size(value: Any, low: int = 1) -> TypeGuard[int]:
    return type(value) is int and low <= value < LARGEST


class Settings:
    """Reads `config`; a setting that is missing or of another kind makes the layer unfit."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config

    def get(self, name: str) -> Any:
        return self._config.get(name)

    def size(self, name: str, default: int | None = None, *, low: int = 1) -> int:
        value = self._config.get(name, default)
        if not is_size(value, low):
            raise Unfit(f"its {name} is no size")
        return value

    def sizes(self, name: str, count: int, default: int | None = None, *, low: int = 1) -> list[int]:
        """One size an axis; one number stands for all."""
        value = self._config.get(name)
        value = default if value is None else value
        values = [value] * count if not isinstance(value, list) else value
        if len(values) != count or not all(is_size(entry, low) for entry in values):
            raise Unfit(f"its {name} has no {count} sizes")
        return list(values)

    def pairs(self, name: str, count: int) -> list[tuple[int, int]]:
        """What is before and behind each axis: one number, one an axis, or two an axis."""
        value = self._config.get(name)
        if count == 1 and isinstance(value, list) and len(value) == 2 and all(is_size(entry, 0) for entry in value):
            return [(value[0], value[1])]
        values = [value] * count if not isinstance(value, list) else value
        if len(values) != count:
            raise Unfit(f"its {name} has no {count} sizes")
        return [(entry, entry) if is_size(entry, 0) else self._pair(name, entry) for entry in values]

    def _pair(self, name: str, value: Any) -> tuple[int, int]:
        if not isinstance(value, list) or len(value) != 2 or not all(is_size(entry, 0) for entry in value):
            raise Unfit(f"its {name} is no pair of sizes")
        return value[0], value[1]

    def number(self, name: str, default: float | None = None) -> float:
        value = self._config.get(name, default)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if type(value) not in (int, float) or not isfinite(value) or abs(value) > 1e30:
            raise Unfit(f"its {name} is no number")
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._config.get(name, default)
        if type(value) is not bool:
            raise Unfit(f"its {name} is neither true nor false")
        return bool(value)

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self._config.get(name)
        value = default if value is None else value
        if value not in choices:
            raise Unfit(f"its {name} is {str(value)[:40]}")
        return str(value)

    def axis(self, name: str, rank: int, default: int = -1) -> int:
        """One axis, counted with the batch, which it must not be."""
        axes = self.axes(name, rank, default)
        if len(axes) != 1:
            raise Unfit(f"its {name} are several")
        return axes[0]

    def axes(self, name: str, rank: int, default: int = -1) -> list[int]:
        value = self._config.get(name)
        values = value if isinstance(value, list) else [default if value is None else value]
        if not values or any(type(axis) is not int or not -rank <= axis < rank for axis in values):
            raise Unfit(f"its {name} is none of {rank} axes")
        found = sorted({axis % rank for axis in values})
        if found[0] == 0 or len(found) != len(values):
            raise Unfit(f"its {name} is the batch, or named twice")
        return found

    def nothing(self, *names: str) -> None:
        """These have no counterpart: they must not be set."""
        for name in names:
            if self._config.get(name) not in (None, False, 0, 0.0, "linear"):
                raise Unfit(f"its {name} has no counterpart")
