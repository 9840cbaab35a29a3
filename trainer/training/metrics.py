"""Metrics: what a person reads beside the loss, counted as tensors where the data is and read when they are reported.

A `Measure` is a mean over values: it gives a number for each step too. A `Tally` needs all rows of a pass at once; one
that is `in_bulk` counts, and does not mind how the rows are divided. `output` is what the network gives an Output node,
`target` what it should be; the batch axis comes first.
"""

from collections.abc import Mapping
from typing import Protocol

from torch import Tensor

from trainer.training import class_tallies as classes
from trainer.training import number_tallies as numbers
from trainer.training.class_tallies import Counts
from trainer.training.measures import Measure, absolute_error, among_best_five, right_classes, right_labels
from trainer.training.number_tallies import Sums, Unit


class Tally(Protocol):
    """A metric of a whole pass, from sums that are kept in tensors."""

    in_bulk: bool

    def update(self, output: Tensor, target: Tensor) -> None: ...

    def compute(self) -> float | None: ...

    def state(self) -> dict[str, Tensor]: ...

    def load(self, state: Mapping[str, Tensor]) -> None: ...


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
