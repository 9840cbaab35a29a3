"""Numbers: any number of number columns as one float32 vector, scaled; a flag follows for each that can be missing."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from trainer.data.columns import Column, Kind
from trainer.data.inputs.settings import normalisation
from trainer.data.spec import (
    Arrays,
    InputEncoder,
    Instance,
    TensorSpec,
    describe_type,
    raise_problems,
    resolve_settings,
)
from trainer.errors import UserError

HUGE = 1e300
REFUSED = object()


class NumberEncoder(InputEncoder):
    """Columns in order, then a 0/1 flag for each with missing values in the data set. -> float32 [columns + flags]

    Missing values take the training median. `normalisation`: "standardise" to mean 0 and deviation 1, "range" to 0..1,
    "log" (sign(x) log(1 + |x|)) and then standardise, or "none".
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("number",)
    settings = (normalisation("standardise", "range", "log", "none"),)
    single = False

    def __init__(
        self,
        columns: Sequence[str],
        *,
        normalisation: str,
        flagged: Sequence[bool],
        median: Sequence[float],
        shift: Sequence[float],
        scale: Sequence[float],
        low: Sequence[float],
        high: Sequence[float],
    ) -> None:
        self.columns = tuple(columns)
        self._normalisation = normalisation
        self._flagged = np.array(flagged, dtype=bool)
        self._median = np.array(median, dtype=np.float64)
        self._shift = np.array(shift, dtype=np.float64)
        self._scale = np.array(scale, dtype=np.float64)
        self._low, self._high = tuple(low), tuple(high)
        self._any_flag = bool(self._flagged.any())

    @classmethod
    def spec(cls, columns: Sequence[Column], settings: Mapping[str, Any]) -> TensorSpec:
        resolve_settings(cls.settings, settings)
        return TensorSpec((len(columns) + sum(column.missing > 0 for column in columns),), "float32")

    @classmethod
    def fit(cls, columns: Sequence[Column], settings: Mapping[str, Any], arrays: Arrays) -> Self:
        return cls([column.name for column in columns], **cls.fit_fields(columns, settings, arrays))

    @classmethod
    def fit_fields(cls, columns: Sequence[Column], settings: Mapping[str, Any], arrays: Arrays) -> dict[str, Any]:
        """What fitting finds: the fields of the constructor but the columns."""
        normalisation = resolve_settings(cls.settings, settings)["normalisation"]
        fitted = [_fit_column(arrays[column.name], normalisation) for column in columns]
        fields = {name: [column[name] for column in fitted] for name in ("median", "shift", "scale", "low", "high")}
        flagged = [column.missing > 0 for column in columns]
        return {"normalisation": normalisation, "flagged": flagged, **fields}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        fields = {key: value for key, value in data.items() if key not in ("type", "columns")}
        return cls(data["columns"], **fields)

    def to_json(self) -> dict[str, Any]:
        return {
            "type": self.kinds[0],
            "columns": list(self.columns),
            "normalisation": self._normalisation,
            "flagged": self._flagged.tolist(),
            "median": self._median.tolist(),
            "shift": self._shift.tolist(),
            "scale": self._scale.tolist(),
            "low": list(self._low),
            "high": list(self._high),
        }

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((len(self.columns) + int(self._flagged.sum()),), "float32")

    def encode_arrays(self, arrays: Arrays) -> np.ndarray:
        return self._finish(np.stack([arrays[name].astype(np.float64) for name in self.columns], axis=1))

    def encode(self, instances: Sequence[Instance]) -> np.ndarray:
        rows = [[self._read(instance[name]) for name in self.columns] for instance in instances]
        try:
            values = np.array(rows, dtype=np.float64).reshape(len(rows), len(self.columns))
        except (TypeError, OverflowError):  # a value that was refused, or a whole number beyond float64
            raise_problems(self._problems(instances))
            raise
        missing = np.isnan(values)
        if missing.any() and missing[:, ~self._flagged].any():
            raise_problems(self._problems(instances))
        encoded = self._finish(values)
        if not np.isfinite(encoded).all():
            raise_problems(self._problems(instances))
        return encoded

    def value_schema(self, column: str) -> dict[str, Any]:
        index = self.columns.index(column)
        example = round(float(self._median[index]), 6)
        return {"type": ["number", "null"] if self._flagged[index] else "number", "example": example}

    def _read(self, value: Any) -> Any:
        """A number as it is, None as NaN, and what is neither as something that no array of numbers takes."""
        kind = type(value)
        if kind is float:
            return value if value == value else REFUSED
        if kind is int:
            return value
        return math.nan if value is None else REFUSED

    def _finish(self, values: np.ndarray) -> np.ndarray:
        """[N, columns] float64 with NaN where missing -> [N, columns + flags] float32."""
        missing = np.isnan(values) if self._any_flag else None
        if missing is not None:
            values = np.where(missing, self._median, values)
        scaled = self._scaled(values)
        if missing is None:
            return scaled
        return np.concatenate([scaled, missing[:, self._flagged].astype(np.float32)], axis=1)

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        """[N, columns] float64 -> float32; what is too large becomes infinite."""
        if self._normalisation == "log":
            values = np.sign(values) * np.log1p(np.abs(values))
        with np.errstate(over="ignore", invalid="ignore"):
            return ((values - self._shift) * self._scale).astype(np.float32)

    def _problems(self, instances: Sequence[Instance]) -> list[UserError]:
        return [
            problem
            for row, instance in enumerate(instances)
            for index, name in enumerate(self.columns)
            if (problem := self._problem(instance[name], index, f"instances[{row}].{name}")) is not None
        ]

    def _problem(self, value: Any, index: int, path: str) -> UserError | None:
        name = self.columns[index]
        if value is None:
            return None if self._flagged[index] else UserError("value.required", path=path, column=name)
        if isinstance(value, float) and not math.isfinite(value):
            return UserError("value.not_finite", path=path, column=name)
        read = self._read(value)
        if read is REFUSED:
            return self._wrong_type(value, name, path)
        number = float(read) if abs(read) < HUGE else HUGE
        column = np.full(len(self.columns), number)
        if np.isfinite(self._scaled(column)[index]):
            return None
        low, high = f"{self._low[index]:g}", f"{self._high[index]:g}"
        return UserError("value.out_of_range", path=path, column=name, received=f"{number:g}", low=low, high=high)

    def _wrong_type(self, value: Any, name: str, path: str) -> UserError:
        return UserError("value.not_a_number", path=path, column=name, received=describe_type(value))


def _fit_column(values: np.ndarray, normalisation: str) -> dict[str, float]:
    """Median, range and scaling of one column, float64 with NaN where missing."""
    values = values[~np.isnan(values)]
    if not values.size:
        values = np.zeros(1)
    shift, scale = _scaling(values, normalisation)
    median, low, high = float(np.median(values)), float(values.min()), float(values.max())
    return {"median": median, "shift": shift, "scale": scale, "low": low, "high": high}


def _scaling(values: np.ndarray, normalisation: str) -> tuple[float, float]:
    """Shift and scale such that (x - shift) * scale is normalised; a constant column is only shifted."""
    match normalisation:
        case "range":
            shift, spread = float(values.min()), float(values.max() - values.min())
        case "none":
            return 0.0, 1.0
        case _:
            if normalisation == "log":
                values = np.sign(values) * np.log1p(np.abs(values))
            shift, spread = float(values.mean()), float(values.std())
    return shift, 1.0 / spread if spread > 0 else 1.0
