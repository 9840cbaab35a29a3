"""Blocks whose insides are computed again on the way back instead of being kept: memory for time, the same numbers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils.checkpoint import checkpoint


def recompute_blocks(network: nn.Module) -> None:
    """Have every block of `network` recomputed where it trains, each copy of a repeated one by itself.

    Blocks are its parts that its own module defines. Weights and their names stay as they are.
    """
    for block in find_blocks(network):
        block.forward = _Recomputed(block, block.forward)


def find_blocks(network: nn.Module) -> Sequence[nn.Module]:
    """The outermost blocks, each once."""
    own = type(network).__module__
    parts: list[nn.Module] = []
    for child in network.children():
        parts += child if isinstance(child, nn.ModuleList) else [child]
    return list(dict.fromkeys(part for part in parts if type(part).__module__ == own))


class _Recomputed:
    """The forward pass of a block, of which only inputs are kept. Dropout draws the same again."""

    def __init__(self, block: nn.Module, forward: Callable[..., Any]) -> None:
        self._block = block
        self._forward = forward

    def __call__(self, *inputs: Any) -> Any:
        if not torch.is_grad_enabled():
            return self._forward(*inputs)
        return checkpoint(self._forward, *inputs, use_reentrant=False, context_fn=self._contexts)

    def _contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _other_statistics(self._block)


@contextmanager
def _other_statistics(block: nn.Module) -> Iterator[None]:
    """Normalizations see the batch a second time, and must not count it again: they count it in copies."""
    parts = [part for part in block.modules() if isinstance(part, _NormBase) and part.training]
    own = [dict(part.named_buffers(recurse=False)) for part in parts]
    for part, buffers in zip(parts, own, strict=True):
        part._buffers.update({name: buffer.clone() for name, buffer in buffers.items()})
    try:
        yield
    finally:
        for part, buffers in zip(parts, own, strict=True):
            part._buffers.update(buffers)
