"""What can be wrong with the axes an entry names. Axis 0 is the batch; -1 is the last."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trainer.layers.spec import Fault, Shapes

Wrong = Callable[[Mapping[str, Any], Shapes], Fault | None]


def shape_text(shape: Iterable[int]) -> str:
    """A shape for a sentence: "3×4"; one number is "1"."""
    return "×".join(map(str, shape)) or "1"


def axes_fault(param: str, value: int | Iterable[int], shape: tuple[int, ...], *, mixes: bool = False) -> Fault | None:
    """Whether an axis named by `param` is the batch or none of a sample of `shape`, or is named twice.

    With `mixes`, numbers along the axis are brought together, so that the batch would mix samples.
    """
    rank = len(shape) + 1
    axes = [value] if isinstance(value, int) else list(value)
    if rank == 1:
        return Fault("shape.axes", None, {"port": "input", "expected": ">= 1", "received": shape_text(shape)})
    for axis in axes:
        if not -rank <= axis < rank or (axis % rank == 0 and not mixes):
            return Fault("batch.axis", param, {"received": axis, "last": rank - 1})
        if axis % rank == 0:
            return Fault("batch.mixed", param)
    if not axes or len({axis % rank for axis in axes}) < len(axes):
        return Fault("param.axes", param, {"param": param, "received": axes})
    return None


def good_axes(param: str = "dim", *, mixes: bool = False) -> Wrong:
    """The check that `param` names axes of the `input` that are not the batch."""
    return lambda values, shapes: axes_fault(param, values[param], shapes["input"][0], mixes=mixes)


def axis_size(value: int, shape: tuple[int, ...]) -> int:
    """The size of one axis of a sample; `value` counts the batch."""
    return shape[value % (len(shape) + 1) - 1]
