"""Targets: what an Output learns, in the form its loss wants, and the way back to what a person reads."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from trainer.data.columns import Column
from trainer.data.spec import TensorSpec
from trainer.errors import UserError

Prediction = Any  # JSON: a number, or {"class", "probabilities"}
CLASS_LOSSES = ("CrossEntropyLoss",)
BINARY_LOSSES = ("BCEWithLogitsLoss",)
NUMBER_LOSSES = ("MSELoss", "L1Loss", "HuberLoss")
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

    def _described(self, probabilities: np.ndarray) -> list[Prediction]:
        """[N, classes] -> the best class and the probability of each. NaN becomes null, with `not_finite`."""
        finite = np.isfinite(probabilities).all(axis=1).tolist()
        best = probabilities.argmax(axis=1).tolist()
        names, values = self._names, self.values
        return [
            {"class": values[index], "probabilities": dict(zip(names, row, strict=True))}
            if fine
            else {"class": None, "probabilities": dict.fromkeys(names), "not_finite": True}
            for index, row, fine in zip(best, probabilities.tolist(), finite, strict=True)
        ]


class BinaryTarget(ClassTarget):
    """Two classes as one logit: 1 is the second by value. -> float32 [1]; decodes a logit [N, 1]."""

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"type": "binary"}

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((1,), "float32")

    def encode(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        return super().encode(values).astype(np.float32)[:, None]

    def decode(self, outputs: np.ndarray) -> list[Prediction]:
        logit = outputs.reshape(len(outputs), 1).astype(np.float64)
        return self._described(_softmax(np.concatenate([np.zeros_like(logit), logit], axis=1)))


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


TARGETS: Mapping[str, type[TargetEncoder]] = {"class": ClassTarget, "binary": BinaryTarget, "number": NumberTarget}


def target_type(column: Column, loss_type: str) -> type[TargetEncoder]:
    """Which encoder gives `column` to `loss_type`; raises where the two do not fit."""
    if loss_type in CLASS_LOSSES + BINARY_LOSSES:
        if column.kind != "category":
            raise UserError("data.target_not_category", loss=loss_type, column=column.name, kind=column.kind)
        count = column.facts["num_classes"]
        if count < 2:
            raise UserError("data.one_class", column=column.name, count=count)
        if loss_type in CLASS_LOSSES:
            return ClassTarget
        if count != 2:
            raise UserError("data.target_not_binary", loss=loss_type, column=column.name, count=count)
        return BinaryTarget
    if loss_type in NUMBER_LOSSES:
        if column.kind != "number":
            raise UserError("data.target_not_number", loss=loss_type, column=column.name, kind=column.kind)
        return NumberTarget
    raise UserError("data.unknown_loss", loss=loss_type)


def target_spec(column: Column, loss_type: str) -> TensorSpec:
    """The target's tensor, known before fitting: cross entropy int64 [], BCE and regression float32 [1]."""
    return TensorSpec((), "int64") if target_type(column, loss_type) is ClassTarget else TensorSpec((1,), "float32")


def fit_target(column: Column, loss_type: str, values: np.ndarray) -> TargetEncoder:
    """Fit on the training rows' `values`.

    Classes are those of the whole data set, so that their number is known when a graph is bound.
    """
    encoder = target_type(column, loss_type)
    if issubclass(encoder, ClassTarget):
        return encoder(column.name, column.facts["values"])
    deviation = float(values.std()) or 1.0
    return NumberTarget(column.name, float(values.mean()), deviation)


def _softmax(logits: np.ndarray) -> np.ndarray:
    """[N, classes] float64 in, rows that sum to one; a row with NaN or infinity stays NaN."""
    logits = logits.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
