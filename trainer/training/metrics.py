"""Metrics: what a person reads beside the loss, counted as tensors where the data is and read when they are reported.

A `Measure` is a mean over values: it gives a number for each step too. A `Tally` needs all rows of a pass at once; one
that is `in_bulk` counts, and does not mind how the rows are divided. `output` is what the network gives an Output node,
`target` what it should be; the batch axis comes first.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Protocol

import torch
from torch import Tensor

from trainer.training import class_tallies as classes
from trainer.training import number_tallies as numbers
from trainer.training.class_tallies import Counts
from trainer.training.number_tallies import Sums, Unit


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


def find_measure(metric: str, task: str, unit: Unit) -> Measure | None:
    """The measure of `metric` for targets of `task`, if it is one."""
    if metric == "mae":
        return absolute_error(unit.deviation)
    measures: Mapping[tuple[str, str], Measure] = {
        ("accuracy", "classes"): right_classes,
        ("accuracy", "labels"): right_labels,
        ("top5_accuracy", "classes"): among_best_five,
    }
    return measures.get((metric, task))


COUNTS: Mapping[tuple[str, str], type[Counts]] = {
    ("f1", "classes"): classes.ClassF1,
    ("f1", "labels"): classes.LabelF1,
    ("precision", "classes"): classes.ClassPrecision,
    ("precision", "labels"): classes.LabelPrecision,
    ("recall", "classes"): classes.ClassRecall,
    ("recall", "labels"): classes.LabelRecall,
    ("balanced_accuracy", "classes"): classes.BalancedAccuracy,
    ("balanced_accuracy", "labels"): classes.LabelBalancedAccuracy,
    ("mcc", "classes"): classes.ClassCorrelation,
    ("mcc", "labels"): classes.LabelCorrelation,
    ("auroc", "classes"): classes.ClassArea,
    ("auroc", "labels"): classes.LabelArea,
}
SUMS: Mapping[tuple[str, str], type[Sums]] = {
    ("perplexity", "classes"): numbers.Perplexity,
    ("r2", "numbers"): numbers.R2,
    ("explained_variance", "numbers"): numbers.ExplainedVariance,
    ("rmse", "numbers"): numbers.RootMeanSquare,
    ("mape", "numbers"): numbers.PercentageError,
    ("cosine_similarity", "numbers"): numbers.CosineSimilarity,
}


def new_tally(metric: str, task: str, unit: Unit) -> Tally:
    """The tally of a metric that is no measure. Raises KeyError for one that is."""
    key = metric, task
    return COUNTS[key]() if key in COUNTS else SUMS[key](unit)
