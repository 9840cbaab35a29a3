"""Embeddings with sparse gradients, which torch's fake tensors cannot follow: what is in them depends on the data."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn


class SparseTables:
    """Within `with`, each sparse table of a network looks up and goes back without data.

    `gradients` then has what its gradients are made of: an index and a row for each entry that was looked up, which is
    the most there can be.
    """

    def __init__(self, network: nn.Module) -> None:
        self.gradients: list[Tensor] = []
        self._tables = [
            module
            for module in network.modules()
            if isinstance(module, nn.Embedding | nn.EmbeddingBag) and module.sparse
        ]

    def __enter__(self) -> None:
        for table in self._tables:
            table.forward = partial(self._look_up, table)  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        for table in self._tables:
            del table.forward

    def _look_up(self, table: nn.Embedding | nn.EmbeddingBag, indices: Tensor, *_: object) -> Tensor:
        rows = indices.shape[:1] if isinstance(table, nn.EmbeddingBag) else indices.shape
        looked_up: Tensor = _LookUp.apply(self.gradients, [*rows, table.embedding_dim], indices, table.weight)  # type: ignore[no-untyped-call]
        return looked_up


class _LookUp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gradients: list[Tensor], shape: list[int], indices: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(indices, weight)
        ctx.gradients = gradients
        return weight.new_empty(shape)

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> Any:
        indices, weight = ctx.saved_tensors
        ctx.gradients += [torch.empty_like(indices), weight.new_empty([*indices.shape, weight.shape[1]])]
        return None, None, None, None
