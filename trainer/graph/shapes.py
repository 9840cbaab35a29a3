"""Shapes as the graph speaks of them: without the batch axis, which is always the first."""

from dataclasses import dataclass
from math import prod
from typing import Any, Final

ITEM_BYTES: Final = {"float32": 4, "int64": 8, "bool": 1}


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor of one sample."""

    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def num_bytes(self) -> int:
        return prod(self.shape) * self.item_bytes

    @property
    def item_bytes(self) -> int:
        return ITEM_BYTES[self.dtype]

    def text(self) -> str:
        """For a sentence: "1×28×28", or "one number"."""
        return "×".join(map(str, self.shape)) or "1"

    def to_json(self) -> dict[str, Any]:
        return {"shape": ["B", *self.shape], "dtype": self.dtype}
