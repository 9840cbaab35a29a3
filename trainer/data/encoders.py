"""The one door to encoders: which one a column needs, their fitting, and the whole set of a graph to and from JSON.

Torch-free: graphs are bound, and requests to a deployed network encoded and decoded, where torch is not loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from trainer.data.columns import Column, DataFacts, name_list
from trainer.data.inputs.category import CategoryEncoder
from trainer.data.inputs.date import DateEncoder
from trainer.data.inputs.image import ImageEncoder
from trainer.data.inputs.number import NumberEncoder
from trainer.data.inputs.text import TextEncoder
from trainer.data.spec import Arrays, InputEncoder, TensorSpec, describe_type, raise_problems
from trainer.data.targets import TARGETS, NextTokenTarget, Prediction, TargetEncoder, fit_target, target_spec
from trainer.errors import UserError

__all__ = [
    "INPUT_ENCODERS",
    "Encoders",
    "InputEncoder",
    "TargetEncoder",
    "TensorSpec",
    "fit_input",
    "fit_target",
    "input_spec",
    "target_spec",
]

INPUT_ENCODERS: Mapping[str, type[InputEncoder]] = {
    "number": NumberEncoder,
    "category": CategoryEncoder,
    "date": DateEncoder,
    "image": ImageEncoder,
    "text": TextEncoder,
}


def input_encoder(columns: Sequence[Column]) -> type[InputEncoder]:
    """The encoder for `columns`; raises `data.no_columns`, `data.mixed_kinds`, `data.one_column`."""
    if not columns:
        raise UserError("data.no_columns")
    kinds = sorted({column.kind for column in columns})
    if len(kinds) > 1:
        raise UserError("data.mixed_kinds", kinds=", ".join(kinds))
    if kinds[0] not in INPUT_ENCODERS:
        raise UserError("data.kind_not_taken", column=columns[0].name, kind=kinds[0])
    encoder = INPUT_ENCODERS[kinds[0]]
    if encoder.single and len(columns) > 1:
        raise UserError("data.one_column", kind=kinds[0], count=len(columns))
    return encoder


def input_spec(columns: Sequence[Column], settings: Mapping[str, Any] | None = None) -> TensorSpec:
    """Shape (no batch axis) and dtype of an Input bound to `columns`, known before anything is fitted."""
    return input_encoder(columns).spec(columns, settings or {})


def fit_input(columns: Sequence[Column], settings: Mapping[str, Any] | None, arrays: Arrays) -> InputEncoder:
    """The encoder of an Input bound to `columns`, fitted on the training rows `arrays`."""
    return input_encoder(columns).fit(columns, settings or {}, arrays)


@dataclass(frozen=True, slots=True)
class Encoders:
    """All encoders of one graph, by the name of the Input or Output node."""

    inputs: Mapping[str, InputEncoder]
    targets: Mapping[str, TargetEncoder]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        inputs = {name: INPUT_ENCODERS[entry["type"]].from_json(entry) for name, entry in data["inputs"].items()}
        return cls(inputs, {name: TARGETS[entry["type"]].from_json(entry) for name, entry in data["outputs"].items()})

    def to_json(self) -> dict[str, Any]:
        return {
            "inputs": {name: encoder.to_json() for name, encoder in self.inputs.items()},
            "outputs": {name: encoder.to_json() for name, encoder in self.targets.items()},
        }

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a request must give, once, in the order of the Inputs."""
        return tuple(dict.fromkeys(name for encoder in self.inputs.values() for name in encoder.columns))

    @property
    def next_token_outputs(self) -> tuple[str, ...]:
        """The Outputs that learn what follows in the text of the Input."""
        return tuple(name for name, target in self.targets.items() if isinstance(target, NextTokenTarget))

    @property
    def whole_text(self) -> tuple[str, TextEncoder] | None:
        """The Input whose text goes on and on, where an Output learns what follows in it."""
        for name, encoder in self.inputs.items():
            if isinstance(encoder, TextEncoder) and encoder.is_whole:
                return name, encoder
        return None

    def encode_instances(self, instances: Any, *, limit: int = 100_000) -> dict[str, np.ndarray]:
        """`[{column: raw value}, ...]` -> an array [N, *shape] for each Input, by name.

        Raises `value.invalid` with a problem for each value that cannot be taken, its path like `instances[3].age`.
        """
        columns = self.columns
        _check_instances(instances, columns, limit)
        encoded: dict[str, np.ndarray] = {}
        refused: list[UserError] = []
        for name, encoder in self.inputs.items():
            try:
                encoded[name] = encoder.encode(instances)
            except UserError as error:
                refused.append(error)
        count = sum(int(str(error.fields["count"])) for error in refused)
        raise_problems([problem for error in refused for problem in error.problems], count=count)
        return encoded

    def decode(self, outputs: Mapping[str, np.ndarray]) -> list[dict[str, Prediction]]:
        """What the network gave, by Output, -> one object a row with a key for each Output."""
        decoded = {name: self.targets[name].decode(array) for name, array in outputs.items()}
        return [dict(zip(decoded, row, strict=True)) for row in zip(*decoded.values(), strict=True)]

    def instance_schema(self) -> dict[str, Any]:
        """JSON Schema of one instance."""
        properties = {
            column: encoder.value_schema(column) for encoder in self.inputs.values() for column in encoder.columns
        }
        return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def bound_columns(facts: DataFacts, names: Sequence[str], *, path: str = "") -> list[Column]:
    """The columns `names` of a data set; raises `data.unknown_column`."""
    return [facts.column(name, path=path) for name in names]


def _check_instances(instances: Any, columns: Sequence[str], limit: int) -> None:
    if not isinstance(instances, list | tuple) or not instances:
        received = "[]" if isinstance(instances, list | tuple) else describe_type(instances)
        raise UserError("value.no_instances", path="instances", received=received)
    if len(instances) > limit:
        raise UserError("value.too_many_instances", path="instances", count=len(instances), limit=limit)
    wanted = set(columns)
    if all(isinstance(instance, dict) and instance.keys() == wanted for instance in instances):
        return
    problems = []
    for row, instance in enumerate(instances):
        path = f"instances[{row}]"
        if not isinstance(instance, Mapping):
            problems.append(UserError("value.no_instances", path=path, received=describe_type(instance)))
            continue
        known = name_list(columns)
        for name in columns:
            if name not in instance:
                problems.append(UserError("value.missing_column", path=f"{path}.{name}", column=name, known=known))
        for name in instance:
            if name not in wanted:
                shown = str(name)[:80]
                problems.append(UserError("value.unknown_column", path=f"{path}.{shown}", column=shown, known=known))
    raise_problems(problems)
