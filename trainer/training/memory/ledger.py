"""Which tensors are alive at each moment of a computation, counted as it happens.

Works on real tensors and on torch's fake ones, which have a size and no memory. What a kernel takes for itself and
gives back before it returns shows in neither; of what fake kernels leave out, an LSTM takes enough to be added here.
"""

import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

FLOAT_BYTES: Final = 4
GATES: Final = 4  # of an LSTM


class TooLong(Exception):
    """Counting took longer than it was given."""


class Ledger(TorchDispatchMode):
    """Counts within `with`: `live` bytes now, and in `marks` what was alive at the end of each operation.

    Raises TooLong at `deadline` (of `time.monotonic`).
    """

    def __init__(self, *, deadline: float | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = 0
        self.marks: list[int] = []
        self._seen: dict[int, int] = {}
        self._deadline = deadline
        self._is_paused = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is made within is not counted, unless it is used later."""
        self._is_paused = True
        try:
            yield
        finally:
            self._is_paused = False

    def see(self, value: object) -> None:
        """Count a tensor that was there before."""
        if not isinstance(value, Tensor) or value.layout is not torch.strided:
            return
        storage = value.untyped_storage()
        key = storage._cdata
        if key not in self._seen:
            self._seen[key] = storage.nbytes()
            self.live += storage.nbytes()
            weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.live -= self._seen.pop(key)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TooLong
        out = func(*args, **(kwargs or {}))
        if self._is_paused:
            return out
        unseen = UNSEEN.get(func)
        scratch = 0
        if unseen is not None:
            out, scratch = unseen(args, out)
        pytree.tree_map_(self.see, out)
        self.marks.append(self.live + scratch)
        return out


def _lstm_scratch(inputs: Tensor, weights: tuple[Tensor, ...], num_hidden: int) -> int:
    """What oneDNN takes while it runs a layer: the gates of all steps, and the weights once more in its own order."""
    num_steps, num_rows, _ = inputs.shape
    gates = num_steps * num_rows * GATES * num_hidden * FLOAT_BYTES
    return gates + sum(weight.numel() for weight in weights) * FLOAT_BYTES


def _lstm_forward(args: Any, out: Any) -> tuple[Any, int]:
    """oneDNN keeps a workspace for the way back, which a fake kernel gives as empty.

    Its size is that of the gates and of five states beside each other, by measurement within a few percent.
    """
    inputs, input_weight, hidden_weight, num_hidden, training = args[0], args[1], args[2], args[10], args[15]
    num_steps, num_rows, width = inputs.shape
    if training and isinstance(out[3], Tensor) and not out[3].numel():
        widest = max(width, num_hidden)
        states = 2 * (num_steps + 1) * (3 * widest + 2.6 * num_hidden)
        num_floats = num_rows * (GATES * num_steps * num_hidden + states)
        out = (*out[:3], out[3].new_empty(int(FLOAT_BYTES * num_floats), dtype=torch.uint8))
    return out, _lstm_scratch(inputs, (input_weight, hidden_weight), num_hidden)


def _lstm_backward(args: Any, out: Any) -> tuple[Any, int]:
    return out, _lstm_scratch(args[0], (args[1], args[2]), args[2].shape[1])


def _convolution_backward(args: Any, out: Any) -> tuple[Any, int]:
    """oneDNN brings what it reads, and the gradient of the weights, into an order of its own."""
    return out, sum(tensor.numel() * tensor.element_size() for tensor in args[:3])


def _convolution(args: Any, out: Any) -> tuple[Any, int]:
    return out, sum(tensor.numel() * tensor.element_size() for tensor in (*args[:2], out))


UNSEEN: Final[Mapping[Any, Callable[[Any, Any], tuple[Any, int]]]] = {
    torch.ops.aten.mkldnn_rnn_layer.default: _lstm_forward,
    torch.ops.aten.mkldnn_rnn_layer_backward.default: _lstm_backward,
    torch.ops.aten.convolution.default: _convolution,
    torch.ops.aten.convolution_backward.default: _convolution_backward,
}
