"""Targets: what an Output learns, in the form its loss wants, and the way back to what a person reads."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np

from trainer.data.columns import Column
from trainer.data.spec import Arrays, TensorSpec
from trainer.errors import UserError
from trainer.methods.catalogue import COLUMN_TARGETS, LOSSES

Prediction = Any  # JSON: a number, {"class", "probabilities"}, or nested lists of numbers
Gives = Literal["logit", "probability", "distance"]
GIVES: Mapping[str, Gives] = {"BCELoss": "probability", "HingeEmbeddingLoss": "distance"}
MAX_PREDICTION_CLASSES = 10_000


class TargetEncoder(ABC):
    """One target column. Rows without a value never reach it: they are dropped and counted before."""

    column: str

    @classmethod
    @abstractmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self: ...

    @abstractmethod
    def to_json(self) -> dict[str, Any]: ...

    @property
    @abstractmethod
    def tensor_spec(self) -> TensorSpec: ...

    @abstractmethod
    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        """Stored values of N rows -> [N, *shape]."""

    @abstractmethod
    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        """What the network gave for N rows -> what the person reads."""

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor_spec.shape

    @property
    def dtype(self) -> str:
        return self.tensor_spec.dtype


class ClassTarget(TargetEncoder):
    """Classes sorted by value, for cross entropy. -> int64 []; decodes logits [N, classes]."""

    def __init__(self, column: str, values: Sequence[Any]) -> None:
        self.column = column
        self.values = tuple(values)
        self._names = tuple(str(value) for value in values)
        self._index = {value: index for index, value in enumerate(values)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["column"], data["values"])

    def to_json(self) -> dict[str, Any]:
        return {"type": "class", "column": self.column, "values": list(self.values)}

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((), "int64")

    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        listed = values.tolist() if isinstance(values, np.ndarray) else values
        return np.array([self._index[value] for value in listed], dtype=np.int64)

    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        return self._described(_softmax(outputs.reshape(len(outputs), -1)))

    def _best(self, probabilities: np.ndarray) -> np.ndarray:
        """The index of each row's answer."""
        return np.asarray(probabilities.argmax(axis=1))

    def _described(self, probabilities: np.ndarray) -> list[Prediction]:
        """[N, classes] -> the best class and the probability of each. NaN becomes null, with `not_finite`."""
        finite = np.isfinite(probabilities).all(axis=1).tolist()
        best = self._best(probabilities).tolist()
        names, values = self._names, self.values
        return [
            {"class": values[index], "probabilities": dict(zip(names, row, strict=True))}
            if fine
            else {"class": None, "probabilities": dict.fromkeys(names), "not_finite": True}
            for index, row, fine in zip(best, probabilities.tolist(), finite, strict=True)
        ]


class BinaryTarget(ClassTarget):
    """Two classes as one number, of which 1 is the second by value. -> float32 [1]; decodes [N, 1].

    `gives` is what the loss makes the network give: a logit, a probability, or a distance that is small for the second
    class and beyond `margin` for the first. The second class is the answer from the probability `threshold` on.
    """

    def __init__(
        self,
        column: str,
        values: Sequence[Any],
        gives: Gives = "logit",
        margin: float = 1.0,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(column, values)
        self.gives = gives
        self.margin = margin
        self.threshold = threshold

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        more = {name: data[name] for name in ("gives", "margin", "threshold") if name in data}
        return cls(data["column"], data["values"], **more)

    def to_json(self) -> dict[str, Any]:
        settings = {"gives": self.gives, "margin": self.margin, "threshold": self.threshold}
        return super().to_json() | {"type": "binary"} | settings

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((1,), "float32")

    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        return super().encode(values).astype(np.float32)[:, None]

    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        given = outputs.reshape(len(outputs), 1).astype(np.float64)
        if self.gives == "probability":
            probabilities = np.concatenate([1 - given, given], axis=1)
        else:
            logit = given if self.gives == "logit" else self.margin / 2 - given
            probabilities = _softmax(np.concatenate([np.zeros_like(logit), logit], axis=1))
        return self._described(probabilities)

    def _best(self, probabilities: np.ndarray) -> np.ndarray:
        return (probabilities[:, 1] >= self.threshold).astype(np.int64)


class NumberTarget(TargetEncoder):
    """A standardised number for regression. -> float32 [1]; decodes [N, 1] back to the column's own scale."""

    def __init__(self, column: str, mean: float, deviation: float) -> None:
        self.column = column
        self.mean = mean
        self.deviation = deviation

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["column"], data["mean"], data["deviation"])

    def to_json(self) -> dict[str, Any]:
        return {"type": "number", "column": self.column, "mean": self.mean, "deviation": self.deviation}

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((1,), "float32")

    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        return ((np.asarray(values, dtype=np.float64) - self.mean) / self.deviation).astype(np.float32)[:, None]

    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        values = outputs.reshape(len(outputs)).astype(np.float64) * self.deviation + self.mean
        return [value if finite else None for value, finite in zip(values.tolist(), np.isfinite(values), strict=True)]


class CountTarget(TargetEncoder):
    """A count as it is, for Poisson regression. -> float32 [1]; decodes [N, 1], with `log` its logarithm."""

    def __init__(self, column: str, log: bool) -> None:
        self.column = column
        self.log = log

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["column"], data["log"])

    def to_json(self) -> dict[str, Any]:
        return {"type": "count", "column": self.column, "log": self.log}

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((1,), "float32")

    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        return np.asarray(values, dtype=np.float32)[:, None]

    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        given = outputs.reshape(len(outputs)).astype(np.float64)
        with np.errstate(over="ignore"):
            values = np.exp(given) if self.log else given
        return [value if finite else None for value, finite in zip(values.tolist(), np.isfinite(values), strict=True)]


class TensorTarget(TargetEncoder):
    """What the network gives as it is, where no column says what it means. Decodes [N, *shape] to nested lists."""

    column = ""

    def __init__(self, shape: Sequence[int]) -> None:
        self._shape = tuple(shape)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["shape"])

    def to_json(self) -> dict[str, Any]:
        return {"type": "tensor", "shape": list(self._shape)}

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec(self._shape, "float32")

    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        return np.asarray(values, dtype=np.float32)

    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        values = outputs.astype(object)
        values[~np.isfinite(outputs)] = None
        return list(values.tolist())


class NextTokenTarget(TargetEncoder):
    """What follows each token in the text of an Input. -> int64 [length]

    Decodes scores [N, length, tokens] to the index of the likeliest that follows each; text is generated elsewhere.
    """

    column = ""

    def __init__(self, input: str, length: int) -> None:
        self.input = input
        self._length = length

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["input"], data["length"])

    def to_json(self) -> dict[str, Any]:
        return {"type": "next_token", "input": self.input, "length": self._length}

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((self._length,), "int64")

    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        return np.asarray(values, dtype=np.int64)

    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        return list(outputs.argmax(axis=-1).tolist())


TARGETS: Mapping[str, type[TargetEncoder]] = {
    "class": ClassTarget,
    "binary": BinaryTarget,
    "number": NumberTarget,
    "count": CountTarget,
    "tensor": TensorTarget,
    "next_token": NextTokenTarget,
}


def target_type(column: Column, loss_type: str) -> type[TargetEncoder]:
    """Which encoder gives `column` to `loss_type`; raises where the two do not fit."""
    kind = LOSSES[loss_type].target_kind
    if kind not in COLUMN_TARGETS:
        raise UserError("data.no_column_target", loss=loss_type, column=column.name)
    if kind in ("numbers", "counts"):
        if column.kind != "number":
            raise UserError("data.target_not_number", loss=loss_type, column=column.name, kind=column.kind)
        if kind == "counts" and (column.facts.get("min") or 0) < 0:
            raise UserError("data.target_not_counts", loss=loss_type, column=column.name, least=column.facts["min"])
        return NumberTarget if kind == "numbers" else CountTarget
    if column.kind != "category":
        raise UserError("data.target_not_category", loss=loss_type, column=column.name, kind=column.kind)
    count = column.facts["num_classes"]
    if count < 2:
        raise UserError("data.one_class", column=column.name, count=count)
    if kind == "class":
        return ClassTarget
    if count != 2:
        raise UserError("data.target_not_binary", loss=loss_type, column=column.name, count=count)
    return BinaryTarget


def target_spec(column: Column, loss_type: str) -> TensorSpec:
    """The target's tensor, known before fitting: classes int64 [], labels and numbers float32 [1]."""
    return TensorSpec((), "int64") if target_type(column, loss_type) is ClassTarget else TensorSpec((1,), "float32")


def fit_target(
    column: Column,
    loss_type: str,
    values: np.ndarray,
    loss_params: Mapping[str, Any] | None = None,
    *,
    threshold: float | None = None,
) -> TargetEncoder:
    """Fit on the training rows' `values`, for a loss with its parameters; `threshold` is that of a yes.

    Classes are those of the whole data set, so that their number is known when a graph is bound.
    """
    encoder, params = target_type(column, loss_type), loss_params or {}
    if encoder is BinaryTarget:
        gives = GIVES.get(loss_type, "logit")
        margin = params.get("margin", LOSSES[loss_type].defaults.get("margin", 1.0))
        return BinaryTarget(column.name, column.facts["values"], gives, margin, 0.5 if threshold is None else threshold)
    if issubclass(encoder, ClassTarget):
        return encoder(column.name, column.facts["values"])
    if encoder is CountTarget:
        return CountTarget(column.name, bool(params.get("log_input", True)))
    deviation = float(values.std()) or 1.0
    return NumberTarget(column.name, float(values.mean()), deviation)


def rows_with_targets(arrays: Arrays, targets: Sequence[str], num_rows: int) -> np.ndarray:
    """bool [num_rows]: whether every target has a value."""
    usable = np.ones(num_rows, dtype=bool)
    for name in targets:
        values = arrays[name]
        if values.dtype == object:
            usable &= np.array([value is not None for value in values.tolist()])
        elif values.dtype.kind == "f":
            usable &= ~np.isnan(values)
    return usable


def _softmax(logits: np.ndarray) -> np.ndarray:
    """[N, classes] float64 in, rows that sum to one; a row with NaN or infinity stays NaN."""
    logits = logits.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
