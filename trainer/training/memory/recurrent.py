"""Long recurrent layers, told from short ones: what they hold grows evenly with their steps.

Followed step by step, a GRU over a few hundred words would be tens of thousands of operations.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from trainer.training.memory.ledger import Ledger
from trainer.training.memory.lines import Line

STEPS: Final = (4, 8)
LONG: Final = 16
RECURRENT: Final = frozenset({torch._VF.lstm, torch._VF.gru, torch._VF.rnn_tanh, torch._VF.rnn_relu})
BATCH_FIRST: Final = 8  # the place of this argument


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes of a call: `kept` until its backward pass, outputs included; `forward` and `backward` more within each."""

    kept: int
    forward: int
    backward: int


class ShortRecurrences(TorchFunctionMode):
    """Within `with`, calls of recurrent layers over many steps are replaced by what holds as much."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in RECURRENT and len(args) > BATCH_FIRST and isinstance(args[2], list | tuple):
            axis = 1 if args[BATCH_FIRST] else 0
            if args[0].shape[axis] > LONG and not _is_one_kernel(func, args):
                return self._stand_in(func, args, axis)
        return func(*args, **(kwargs or {}))

    def _stand_in(self, func: Callable[..., Any], args: tuple[Any, ...], axis: int) -> Any:
        inputs, state, weights = args[:3]
        states = list(state) if isinstance(state, list | tuple) else [state]
        num_steps = inputs.shape[axis]
        with self._ledger.paused():
            shapes, one = _measure(func, args, axis, STEPS[0])
            _, other = _measure(func, args, axis, STEPS[1])
        held = Held(
            *(
                max(0, round(Line.through(STEPS, (getattr(one, name), getattr(other, name))).at(num_steps)))
                for name in ("kept", "forward", "backward")
            )
        )
        shapes[0] = [num_steps if place == axis else size for place, size in enumerate(shapes[0])]
        return _StandIn.apply(held, shapes, inputs, *states, *weights)  # type: ignore[no-untyped-call]


def _is_one_kernel(func: Any, args: tuple[Any, ...]) -> bool:
    """Whether torch runs all steps in one, as it does an LSTM that trains and projects nothing."""
    weights, has_biases, num_layers, is_bidirectional = args[2], args[3], args[4], args[7]
    num_plain = (4 if has_biases else 2) * num_layers * (2 if is_bidirectional else 1)
    is_plain = func is torch._VF.lstm and len(weights) == num_plain
    return is_plain and torch.is_grad_enabled() and not torch.is_autocast_enabled("cpu")


def _measure(func: Callable[..., Any], args: tuple[Any, ...], axis: int, num_steps: int) -> tuple[list[Any], Held]:
    """The shapes that a call over few steps gives, and what it holds."""
    inputs, state, weights = args[:3]
    ledger = Ledger()
    short = inputs.detach().narrow(axis, 0, num_steps).clone().requires_grad_(inputs.requires_grad)
    states = [tensor.detach() for tensor in (state if isinstance(state, list | tuple) else [state])]
    own = [weight.detach().requires_grad_(weight.requires_grad) for weight in weights]
    with ledger:
        for tensor in (short, *states, *own):
            ledger.see(tensor)
        before = ledger.live
        outputs = func(short, states if isinstance(state, list | tuple) else states[0], own, *args[3:])
        kept = ledger.live - before
        forward = max(ledger.marks) - ledger.live
        backward = 0
        if outputs[0].requires_grad:
            gradient = torch.empty_like(outputs[0])
            before = ledger.live
            ledger.marks.clear()
            outputs[0].backward(gradient)
            backward = max(ledger.marks) - before
    return [list(tensor.shape) for tensor in outputs], Held(kept, forward, backward)


class _StandIn(torch.autograd.Function):
    """Holds what the call would hold, and computes nothing."""

    @staticmethod
    def forward(ctx: Any, held: Held, shapes: Iterable[list[int]], inputs: Tensor, *others: Tensor) -> Any:
        outputs = tuple(inputs.new_empty(shape, dtype=others[-1].dtype) for shape in shapes)
        own = sum(output.numel() * output.element_size() for output in outputs)
        buffer = inputs.new_empty(max(0, held.kept - own), dtype=torch.uint8)
        inputs.new_empty(held.forward, dtype=torch.uint8)
        ctx.save_for_backward(buffer, inputs, *others)
        ctx.backward_bytes = held.backward
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        _, inputs, *others = ctx.saved_tensors
        needed = [
            torch.empty_like(tensor) if is_needed else None
            for tensor, is_needed in zip([inputs, *others], ctx.needs_input_grad[2:], strict=True)
        ]
        own = sum(tensor.numel() * tensor.element_size() for tensor in needed if tensor is not None)
        inputs.new_empty(max(0, ctx.backward_bytes - own), dtype=torch.uint8)
        return (None, None, *needed)
