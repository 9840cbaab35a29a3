"""Metrics of whole passes that need sums: of numbers, and of the certainty of classes. Summed a batch at a time."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SMALLEST_TRUTH = 1.17e-06  # a share of nothing counts as one of this, as in torchmetrics


@dataclass(frozen=True, slots=True)
class Unit:
    """The target's own unit: what is `x` in the tensors is `mean + deviation * x`."""

    mean: float = 0.0
    deviation: float = 1.0


class Sums(ABC):
    """A tally that keeps float64 `sums` and adds to them."""

    in_bulk = False

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._sums: Tensor | None = None

    @abstractmethod
    def terms(self, output: Tensor, target: Tensor) -> Sequence[Tensor]:
        """What these rows add to each sum, all float64 scalars; the last one is the number of values."""

    @abstractmethod
    def score(self, *sums: float) -> float | None:
        """The metric of all rows."""

    def update(self, output: Tensor, target: Tensor) -> None:
        sums = torch.stack(list(self.terms(output, target)))
        self._sums = sums if self._sums is None else self._sums + sums

    def compute(self) -> float | None:
        return None if self._sums is None else self.score(*self._sums.tolist())

    def state(self) -> dict[str, Tensor]:
        return {} if self._sums is None else {"sums": self._sums}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._sums = state.get("sums")


class R2(Sums):
    """The share of the target's variation that is explained, over all values; none where the target does not vary."""

    def terms(self, output: Tensor, target: Tensor) -> Sequence[Tensor]:
        output, target = output.double(), target.double()
        return (output - target).square().sum(), target.sum(), target.square().sum(), _count(target)

    def score(self, *sums: float) -> float | None:
        error, total, squares, count = sums
        variation = squares - total * total / count
        return 1 - error / variation if variation > 0 else None


class ExplainedVariance(Sums):
    """Likewise, the errors' mean taken off first."""

    def terms(self, output: Tensor, target: Tensor) -> Sequence[Tensor]:
        error, target = target.double() - output.double(), target.double()
        return error.sum(), error.square().sum(), target.sum(), target.square().sum(), _count(target)

    def score(self, *sums: float) -> float | None:
        error, squared_error, total, squares, count = sums
        variation = squares - total * total / count
        return 1 - (squared_error - error * error / count) / variation if variation > 0 else None


class RootMeanSquare(Sums):
    """The root of the mean squared error, in the target's own unit."""

    def terms(self, output: Tensor, target: Tensor) -> Sequence[Tensor]:
        return (output.double() - target.double()).square().sum(), _count(target)

    def score(self, *sums: float) -> float | None:
        squares, count = sums
        return math.sqrt(squares / count) * self.unit.deviation


class PercentageError(Sums):
    """The mean of the errors as shares of the truth, both in the target's own unit."""

    def terms(self, output: Tensor, target: Tensor) -> Sequence[Tensor]:
        error = (output.double() - target.double()).abs() * self.unit.deviation
        truth = (target.double() * self.unit.deviation + self.unit.mean).abs().clamp(min=SMALLEST_TRUTH)
        return (error / truth).sum(), _count(target)

    def score(self, *sums: float) -> float | None:
        shares, count = sums
        return shares / count


class CosineSimilarity(Sums):
    """The mean over the rows of the cosine between answer and truth, each a row of numbers."""

    def terms(self, output: Tensor, target: Tensor) -> Sequence[Tensor]:
        cosines = torch.cosine_similarity(output.double().flatten(1), target.double().flatten(1))
        return cosines.sum(), _count(cosines)

    def score(self, *sums: float) -> float | None:
        cosines, count = sums
        return cosines / count


class Perplexity(Sums):
    """The exponential of the mean surprise: scores `[B, classes, ...]`, targets int64 `[B, ...]`."""

    def terms(self, output: Tensor, target: Tensor) -> Sequence[Tensor]:
        kept = (target >= 0) & (target < output.shape[1])
        scores = output.gather(1, target.where(kept, 0).unsqueeze(1)).squeeze(1)
        surprise = output.logsumexp(1) - scores
        return surprise[kept].double().sum(), kept.sum().double()

    def score(self, *sums: float) -> float | None:
        surprise, count = sums
        return math.exp(min(surprise / count, 700.0)) if count else None


def _count(values: Tensor) -> Tensor:
    return torch.tensor(float(values.numel()), dtype=torch.float64, device=values.device)
