"""What layers that move a window over one, two or three axes have in common."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.spec import Fault
from trainer.messages.registry import Text

KINDS: Final = (Text("a sequence", "一维"), Text("an image", "二维"), Text("a volume", "三维"))


def sizes(value: Any, count: int) -> list[int]:
    """A size for each of `count` axes: the one given for all, or each its own."""
    return [value] * count if isinstance(value, int) else list(value)


def window_fault(values: Mapping[str, Any], size: tuple[int, ...]) -> Fault | None:
    """A window that is larger than the padded input; `size` are the axes it moves over.

    With `ceil_mode`, the last window may reach over the edge, by less than a stride.
    """
    stride = sizes(values.get("stride") or values["kernel_size"], len(size))
    for axis, extent in enumerate(size):
        padding, kernel, dilation = (
            sizes(values.get(name, default), len(size))[axis]
            for name, default in (("padding", 0), ("kernel_size", 1), ("dilation", 1))
        )
        window = dilation * (kernel - 1) + 1
        over = stride[axis] - 1 if values.get("ceil_mode") else 0
        if window > extent + 2 * padding + over:
            return Fault("shape.window", "kernel_size", {"expected": extent + 2 * padding, "received": window})
    return None
