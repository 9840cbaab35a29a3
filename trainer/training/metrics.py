"""Metrics: what a person reads beside the loss, counted as tensors where the data is and read when they are reported.

A `Measure` is a mean over values: it gives a number for each step too. A `Tally` needs all rows of a pass at once; one
that is `in_bulk` counts, and does not mind how the rows are divided. `output` is what the network gives an Output node,
`target` what it should be; the batch axis comes first.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Protocol

import torch
from torch import Tensor


class Measure(Protocol):
    """A metric of each value on its own, in the target's shape: bool where it is counted, float64 where summed."""

    def __call__(self, output: Tensor, target: Tensor) -> Tensor: ...


class Tally(Protocol):
    """A metric of a whole pass, from sums that are kept in tensors."""

    in_bulk: bool

    def update(self, output: Tensor, target: Tensor) -> None: ...

    def compute(self) -> float | None: ...

    def state(self) -> dict[str, Tensor]: ...

    def load(self, state: Mapping[str, Tensor]) -> None: ...


def right_classes(output: Tensor, target: Tensor) -> Tensor:
    """Which classes are right: output `[B, classes, ...]`, target int64 `[B, ...]`."""
    return output.argmax(1) == target


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


class ClassF1:
    """Macro F1 over classes, those that neither occur nor are answered left out."""

    in_bulk = True

    def __init__(self) -> None:
        self._counts: Tensor | None = None  # int64 [3, classes]: right, answered, occurring

    def update(self, output: Tensor, target: Tensor) -> None:
        num_classes = output.shape[1]
        answer, target = output.argmax(1).flatten(), target.flatten()
        counts = torch.stack(
            [torch.bincount(which, minlength=num_classes) for which in (target[answer == target], answer, target)]
        )
        self._counts = counts if self._counts is None else self._counts + counts

    def compute(self) -> float | None:
        if self._counts is None:
            return None
        right, answered, occurring = self._counts.double()
        scores = 2 * right / (answered + occurring)
        return float(scores[answered + occurring > 0].mean())

    def state(self) -> dict[str, Tensor]:
        return {} if self._counts is None else {"counts": self._counts}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._counts = state.get("counts")


class LabelF1:
    """F1 of yes-or-no answers, the mean over labels `[B, labels]`; one that neither occurs nor is answered scores 0."""

    in_bulk = True

    def __init__(self) -> None:
        self._counts: Tensor | None = None  # int64 [3, labels]: right yes, answered yes, occurring yes

    def update(self, output: Tensor, target: Tensor) -> None:
        answer, truth = output.flatten(1) > 0, target.flatten(1) > 0.5
        counts = torch.stack([(answer & truth).sum(0), answer.sum(0), truth.sum(0)])
        self._counts = counts if self._counts is None else self._counts + counts

    def compute(self) -> float | None:
        if self._counts is None:
            return None
        right, answered, occurring = self._counts.double()
        return float((2 * right / (answered + occurring).clamp(min=1)).mean())

    def state(self) -> dict[str, Tensor]:
        return {} if self._counts is None else {"counts": self._counts}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._counts = state.get("counts")


class R2:
    """The share of the target's variation that is explained, over all values; none where the target does not vary."""

    in_bulk = False

    def __init__(self) -> None:
        self._sums: Tensor | None = None  # float64 [4]: squared error, target, squared target, values

    def update(self, output: Tensor, target: Tensor) -> None:
        output, target = output.double(), target.double()
        sums = torch.stack(
            [(output - target).square().sum(), target.sum(), target.square().sum(), target.new_tensor(target.numel())]
        )
        self._sums = sums if self._sums is None else self._sums + sums

    def compute(self) -> float | None:
        if self._sums is None:
            return None
        error, total, squares, count = self._sums.tolist()
        variation = squares - total * total / count
        return 1 - error / variation if variation > 0 else None

    def state(self) -> dict[str, Tensor]:
        return {} if self._sums is None else {"sums": self._sums}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._sums = state.get("sums")


def find_measure(metric: str, task: str, scale: float) -> Measure | None:
    """The measure of `metric` for targets of `task`, if it is one."""
    if metric == "mae":
        return absolute_error(scale)
    measures: Mapping[tuple[str, str], Measure] = {
        ("accuracy", "classes"): right_classes,
        ("accuracy", "labels"): right_labels,
    }
    return measures.get((metric, task))


TALLIES: Mapping[tuple[str, str], Callable[[], Tally]] = {
    ("f1", "classes"): ClassF1,
    ("f1", "labels"): LabelF1,
    ("r2", "numbers"): R2,
}
