"""Which weights were the best so far, and by what."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from torch import Tensor

from trainer.methods.catalogue import METRICS
from trainer.training.checkpoint import Snapshot
from trainer.training.config import BestBy
from trainer.training.heads import Head


class Best:
    """The best epoch, by the first metric of the first output that has one, or by the loss; equal metrics go by loss.

    `unstored` is its whole snapshot until `mark_stored`; after that its weights are all that is kept of it.
    """

    def __init__(self, metric: str | None, higher_is_better: bool) -> None:
        self._metric = metric
        self._higher_is_better = higher_is_better
        self._rank: list[float] | None = None
        self.step = 0
        self.values: dict[str, float | None] = {}
        self.weights: Mapping[str, Tensor] | None = None
        self.unstored: Snapshot | None = None

    @classmethod
    def resume(
        cls, best_by: BestBy, heads: Sequence[Head], state: Mapping[str, Any] | None, snapshot: Snapshot | None
    ) -> Self:
        head = next((head for head in heads if head.metrics), None)
        if best_by == "metric" and head is not None:
            best = cls(head.prefix + head.metrics[0], METRICS[head.metrics[0]].higher_is_better)
        else:
            best = cls(None, False)
        if state is not None and snapshot is not None and state["rank"] is not None:
            best._rank, best.step, best.values = state["rank"], state["step"], state["values"]
            best.weights = snapshot.weights if best.step == snapshot.step else snapshot.best_weights
        return best

    def rank(self, scores: Mapping[str, float | None]) -> list[float]:
        """What an epoch's `scores` are compared by, in this order; higher is better."""
        loss = scores["loss"]
        assert loss is not None
        score = scores.get(self._metric) if self._metric else None
        return [-loss] if score is None else [score if self._higher_is_better else -score, -loss]

    def offer(self, scores: Mapping[str, float | None], *, step: int, values: Mapping[str, float | None]) -> bool:
        """Whether an epoch's `scores` are better; if so they are the ones to beat, and its snapshot is to be kept."""
        rank = self.rank(scores)
        if self._rank is not None and rank <= self._rank:
            return False
        self._rank, self.step, self.values = rank, step, dict(values)
        return True

    def keep(self, snapshot: Snapshot) -> None:
        self.weights = snapshot.weights
        self.unstored = snapshot

    def mark_stored(self) -> None:
        self.unstored = None

    def to_json(self) -> dict[str, Any]:
        return {"rank": self._rank, "step": self.step, "values": self.values}
