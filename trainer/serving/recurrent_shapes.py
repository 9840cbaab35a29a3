"""Exports of recurrent layers that cost the same for any number of steps.

An export keeps an LSTM or GRU as one operation, but torch learns the sizes of what comes out of it by following its
steps one by one, four times over: half a minute for a text of 200 words. The sizes follow from the arguments alone.

B rows, T steps, D directions, L layers, H values of the hidden state.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch._C import DispatchKey
from torch._decomp import decomposition_table
from torch._ops import OpOverload


def _gru_sizes(rows: Tensor, hidden: Tensor, *arguments: Any) -> tuple[Tensor, Tensor]:
    """Tensors such as a GRU gives for `rows`, [B, T, ...] or [T, B, ...], and `hidden`, [L * D, B, H]."""
    return rows.new_empty(_output_size(rows, hidden, arguments)), hidden.new_empty(hidden.shape)


def _lstm_sizes(rows: Tensor, states: Sequence[Tensor], *arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    """The same for an LSTM and its two states."""
    hidden, cell = states
    size = _output_size(rows, hidden, arguments)
    return rows.new_empty(size), hidden.new_empty(hidden.shape), cell.new_empty(cell.shape)


def _output_size(rows: Tensor, hidden: Tensor, arguments: Sequence[Any]) -> list[int]:
    _params, _has_biases, _num_layers, _dropout, _train, bidirectional, _batch_first = arguments
    return [*rows.shape[:2], hidden.shape[2] * (2 if bidirectional else 1)]


@contextmanager
def sizes_of_recurrent_layers_only() -> Iterator[None]:
    """Within, whoever traces an LSTM or GRU gets its sizes; tensors that hold values are computed as ever."""
    with ExitStack() as stack:
        stack.enter_context(_kernel(torch.ops.aten.gru.input, _gru_sizes))
        stack.enter_context(_kernel(torch.ops.aten.lstm.input, _lstm_sizes))
        yield


@contextmanager
def _kernel(operation: OpOverload[..., Any], kernel: Any) -> Iterator[None]:
    """What a trace calls for `operation`, by Python's dispatcher, which only traces turn on, or to take it apart."""
    kernels, decomposition = dict(operation.py_kernels), decomposition_table[operation]
    _replace(operation, kernels | dict.fromkeys((DispatchKey.CompositeImplicitAutograd, DispatchKey.Autograd), kernel))
    decomposition_table[operation] = kernel
    try:
        yield
    finally:
        _replace(operation, kernels)
        decomposition_table[operation] = decomposition


def _replace(operation: OpOverload[..., Any], kernels: dict[Any, Any]) -> None:
    operation.py_kernels.clear()
    operation.py_kernels.update(kernels)
    operation._dispatch_cache.clear()
