"""Categories: any number of category columns as one int64 vector of indices."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from trainer.data.columns import Column
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

Value = str | int


class CategoryEncoder(InputEncoder):
    """Columns in their order. -> int64 [columns]

    Each is an index from 1 into the sorted values of the training rows; 0 is missing or never seen.
    """

    kinds = ("category",)
    settings = ()
    single = False

    def __init__(self, columns: Sequence[str], *, values: Sequence[Sequence[Value]]) -> None:
        self.columns = tuple(columns)
        self._values = tuple(tuple(known) for known in values)
        self._index: list[dict[Any, int]] = []
        for known in self._values:
            by_text = {str(value): index for index, value in enumerate(known, 1)}
            self._index.append(by_text | {value: index for index, value in enumerate(known, 1)})

    @classmethod
    def spec(cls, columns: Sequence[Column], settings: Mapping[str, Any]) -> TensorSpec:
        resolve_settings(cls.settings, settings)
        return TensorSpec((len(columns),), "int64")

    @classmethod
    def fit(cls, columns: Sequence[Column], settings: Mapping[str, Any], arrays: Arrays) -> Self:
        resolve_settings(cls.settings, settings)
        values = [sorted({value for value in arrays[column.name].tolist() if value is not None}) for column in columns]
        return cls([column.name for column in columns], values=values)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["columns"], values=data["values"])

    def to_json(self) -> dict[str, Any]:
        return {"type": "category", "columns": list(self.columns), "values": [list(known) for known in self._values]}

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((len(self.columns),), "int64")

    def encode_arrays(self, arrays: Arrays) -> np.ndarray:
        encoded = [
            np.fromiter((index.get(value, 0) for value in arrays[name].tolist()), np.int64, len(arrays[name]))
            for name, index in zip(self.columns, self._index, strict=True)
        ]
        return np.stack(encoded, axis=1)

    def encode(self, instances: Sequence[Instance]) -> np.ndarray:
        encoded = np.empty((len(instances), len(self.columns)), dtype=np.int64)
        problems = []
        for position, (name, index) in enumerate(zip(self.columns, self._index, strict=True)):
            for row, instance in enumerate(instances):
                value = instance[name]
                kind = type(value)
                if kind is str or kind is int or value is None:
                    encoded[row, position] = index.get(value, 0)
                elif kind is bool:
                    encoded[row, position] = index.get(str(value).lower(), index.get(str(value), 0))
                else:
                    problems.append(
                        UserError(
                            "value.not_a_category",
                            path=f"instances[{row}].{name}",
                            column=name,
                            received=describe_type(value),
                        )
                    )
        raise_problems(problems)
        return encoded

    def value_schema(self, column: str) -> dict[str, Any]:
        known = self._values[self.columns.index(column)]
        schema: dict[str, Any] = {"type": ["string", "integer", "null"]}
        return schema | ({"examples": list(known[:20])} if known else {})
