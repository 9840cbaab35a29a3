"""Metrics of each value on its own, whose mean over all rows is what a person reads."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Protocol

import torch
from torch import Tensor


class Measure(Protocol):
    """A metric of each value on its own, in the target's shape: bool where it is counted, float64 where summed."""

    def __call__(self, output: Tensor, target: Tensor) -> Tensor: ...


def right_classes(output: Tensor, target: Tensor) -> Tensor:
    """Which classes are right: output `[B, classes, ...]`, target int64 `[B, ...]`."""
    return output.argmax(1) == target


def among_best_five(output: Tensor, target: Tensor) -> Tensor:
    """Which classes are among the five best scores, or all where there are fewer."""
    best = output.topk(min(5, output.shape[1]), dim=1).indices
    return (best == target.unsqueeze(1)).any(1)


def right_labels(output: Tensor, target: Tensor) -> Tensor:
    """Which yes-or-no answers are right: logits and targets of one shape."""
    return (output > 0) == (target > 0.5)


def absolute_error(scale: float) -> Measure:
    """The absolute errors in the target's own unit, of which 1 in the tensors is `scale`."""

    def measure(output: Tensor, target: Tensor) -> Tensor:
        return (output.double() - target.double()).abs() * scale

    return measure


def sums_by_batch(values: Tensor, sizes: Sequence[int]) -> list[float]:
    """The sum of each batch of `values` `[rows, ...]`, where `sizes` are the rows of each.

    A sum is the same to the last bit however many batches come together: counts are exact, and what is not a count is
    summed a batch at a time.
    """
    if values.is_floating_point():
        parts = torch.split(values, list(sizes))
        return [float(total) for total in torch.stack([part.sum() for part in parts]).tolist()]
    ends = torch.tensor(list(accumulate(sizes)), device=values.device) - 1
    rows = values.flatten(1).sum(1) if values.dim() > 1 else values
    totals = [0, *rows.cumsum(0)[ends].tolist()]
    return [float(after - before) for before, after in pairwise(totals)]
