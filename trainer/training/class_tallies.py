"""Metrics of whole passes over classes and over yes-or-no labels, from counts: how the rows are divided is the same.

For classes, `output` is scores `[B, classes, ...]` and `target` int64 `[B, ...]`; what is no class (an ignored
index) is left out. For labels both are `[B, ...]`, and a score above 0 is a yes.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

BINS: Final = 1000


class Counts(ABC):
    """A tally that keeps one tensor of whole numbers, `counts`, and adds to it."""

    in_bulk = True

    def __init__(self) -> None:
        self._counts: Tensor | None = None

    @abstractmethod
    def count(self, output: Tensor, target: Tensor) -> Tensor:
        """What these rows add."""

    @abstractmethod
    def score(self, counts: Tensor) -> float | None:
        """The metric of all rows, from float64 counts."""

    def update(self, output: Tensor, target: Tensor) -> None:
        counts = self.count(output, target)
        self._counts = counts if self._counts is None else self._counts + counts

    def compute(self) -> float | None:
        return None if self._counts is None else self.score(self._counts.double())

    def state(self) -> dict[str, Tensor]:
        return {} if self._counts is None else {"counts": self._counts}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._counts = state.get("counts")


class ClassCounts(Counts):
    """int64 `[3, classes]`: right, answered, occurring."""

    def count(self, output: Tensor, target: Tensor) -> Tensor:
        num_classes = output.shape[1]
        answer, target = _kept(output.argmax(1), target, num_classes)
        return torch.stack(
            [torch.bincount(which, minlength=num_classes) for which in (target[answer == target], answer, target)]
        )


class LabelCounts(Counts):
    """int64 `[4, labels]`: right yes, answered yes, occurring yes, rows."""

    def count(self, output: Tensor, target: Tensor) -> Tensor:
        answer, truth = output.flatten(1) > 0, target.flatten(1) > 0.5
        return torch.stack(
            [
                (answer & truth).sum(0),
                answer.sum(0),
                truth.sum(0),
                torch.full_like(truth[0], len(truth), dtype=torch.int64),
            ]
        )


class ClassF1(ClassCounts):
    """Macro F1 over classes, those that neither occur nor are answered left out."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, occurring = counts
        return _mean(2 * right / (answered + occurring), answered + occurring > 0)


class ClassPrecision(ClassCounts):
    """The share of the answers that are right, the mean over classes that occur or are answered."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, occurring = counts
        return _mean(right / answered.clamp(min=1), answered + occurring > 0)


class ClassRecall(ClassCounts):
    """The share of what occurs that is answered, the mean over classes that occur or are answered."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, occurring = counts
        return _mean(right / occurring.clamp(min=1), answered + occurring > 0)


class BalancedAccuracy(ClassCounts):
    """The share of what occurs that is answered, the mean over the classes that occur."""

    def score(self, counts: Tensor) -> float | None:
        right, _, occurring = counts
        return _mean(right / occurring.clamp(min=1), occurring > 0)


class ClassCorrelation(ClassCounts):
    """The correlation of Matthews over all classes (Gorodkin 2004); 0 where answers or truth do not vary."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, occurring = counts
        rows = occurring.sum()
        spread = (rows**2 - answered.square().sum()) * (rows**2 - occurring.square().sum())
        covered = right.sum() * rows - (answered * occurring).sum()
        return float(covered / spread.sqrt()) if spread > 0 else 0.0


class LabelF1(LabelCounts):
    """F1 of yes-or-no answers, the mean over labels; one that neither occurs nor is answered scores 0."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, occurring, _ = counts
        return float((2 * right / (answered + occurring).clamp(min=1)).mean())


class LabelPrecision(LabelCounts):
    """The share of each label's yeses that are right, the mean over labels."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, _, _ = counts
        return float((right / answered.clamp(min=1)).mean())


class LabelRecall(LabelCounts):
    """The share of what holds that is answered yes, the mean over labels."""

    def score(self, counts: Tensor) -> float | None:
        right, _, occurring, _ = counts
        return float((right / occurring.clamp(min=1)).mean())


class LabelBalancedAccuracy(LabelCounts):
    """The mean of the share right among what holds and among what does not, over labels of which both occur."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, occurring, rows = counts
        right_no = rows - answered - occurring + right
        shares = (right / occurring.clamp(min=1) + right_no / (rows - occurring).clamp(min=1)) / 2
        return _mean(shares, (occurring > 0) & (occurring < rows))


class LabelCorrelation(LabelCounts):
    """The correlation of Matthews over all answers; 0 where answers or truth do not vary."""

    def score(self, counts: Tensor) -> float | None:
        right, answered, occurring, rows = counts.sum(1)
        spread = answered * (rows - answered) * occurring * (rows - occurring)
        return float((right * rows - answered * occurring) / spread.sqrt()) if spread > 0 else 0.0


class AreaUnderCurve(Counts):
    """The area under the receiver operating characteristic, the mean over classes that occur and do not always.

    Probabilities are counted in `BINS` steps, int64 `[2, classes, BINS + 1]` (no, yes), so that the memory it takes
    does not grow with the rows; equal steps are ties.
    """

    def score(self, counts: Tensor) -> float | None:
        no, yes = counts  # [classes, bins]
        below = no.cumsum(1) - no
        pairs = yes.sum(1) * no.sum(1)
        areas = (yes * (below + no / 2)).sum(1) / pairs.clamp(min=1)
        return _mean(areas, pairs > 0)

    @staticmethod
    def histogram(probabilities: Tensor, truth: Tensor) -> Tensor:
        """The counts of probabilities and truth, `[rows, classes]` both."""
        num_classes = probabilities.shape[1]
        bins = (probabilities * BINS).round().to(torch.int64).clamp(0, BINS)
        place = (truth.to(torch.int64) * num_classes + torch.arange(num_classes, device=bins.device)) * (
            BINS + 1
        ) + bins
        size = 2 * num_classes * (BINS + 1)
        return torch.bincount(place.flatten(), minlength=size).view(2, num_classes, BINS + 1)


class ClassArea(AreaUnderCurve):
    """Each class against all others, by its probability."""

    def count(self, output: Tensor, target: Tensor) -> Tensor:
        num_classes = output.shape[1]
        scores = output.movedim(1, -1).reshape(-1, num_classes)
        kept = (target >= 0) & (target < num_classes)
        probabilities = scores[kept.flatten()].double().softmax(1)
        return self.histogram(probabilities, torch.nn.functional.one_hot(target[kept], num_classes))


class LabelArea(AreaUnderCurve):
    """Each label by its probability."""

    def count(self, output: Tensor, target: Tensor) -> Tensor:
        return self.histogram(output.flatten(1).double().sigmoid(), target.flatten(1) > 0.5)


def _kept(answer: Tensor, target: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Answers and targets in a row, without those whose target is no class."""
    kept = (target >= 0) & (target < num_classes)
    return answer[kept], target[kept]


def _mean(scores: Tensor, which: Tensor) -> float | None:
    return float(scores[which].mean()) if which.any() else None
