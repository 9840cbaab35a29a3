"""One operation of an ONNX file, and what a tensor of the file is while the file is walked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View


@dataclass(frozen=True, slots=True)
class Lost:
    """A tensor whose shape is not known, behind a locked node."""

    wire: Wire


Value = View | Array | Lost | None


@dataclass(slots=True)
class Op:
    """One operation of the file with what arrives at it."""

    op: str
    name: str
    attributes: Mapping[str, Any]
    input_names: Sequence[str]
    output_names: Sequence[str]
    inputs: Sequence[Value]
    opset: int

    def view(self, place: int = 0) -> View:
        value = self.inputs[place] if place < len(self.inputs) else None
        if isinstance(value, View):
            return value
        raise Unfit("a tensor was expected where it has a constant or nothing")

    def constant(self, place: int) -> Array | None:
        """A constant input; None where it is left out. One that is computed from the data is unfit."""
        value = self.inputs[place] if place < len(self.inputs) else None
        if value is None or isinstance(value, np.ndarray):
            return value
        raise Unfit(f"its input {place + 1} is computed from the data")

    def needed(self, place: int) -> Array:
        value = self.constant(place)
        if value is None:
            raise Unfit(f"its input {place + 1} is missing")
        return value

    def ints(self, place: int) -> list[int]:
        return [int(entry) for entry in self.needed(place).reshape(-1)]

    def get(self, name: str, default: Any = None) -> Any:
        value = self.attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
