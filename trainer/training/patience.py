"""Early stopping: when the validation rows have not got better for so many epochs."""

from typing import Any

from trainer.training.config import EarlyStoppingConfig


class Patience:
    """Counts epochs that are no better, in the order that `Best` has, than the best with `min_delta` on top."""

    def __init__(self, config: EarlyStoppingConfig, state: dict[str, Any] | None = None) -> None:
        self._config = config
        self._best: list[float] | None = state["best"] if state else None
        self._num_waited: int = state["num_waited"] if state else 0

    def offer(self, rank: list[float]) -> None:
        """An epoch, by its rank: what comes first decides, what follows where that is equal; higher is better."""
        if self._best is None or rank > [self._best[0] + self._config.min_delta, *self._best[1:]]:
            self._best, self._num_waited = rank, 0
        else:
            self._num_waited += 1

    @property
    def is_over(self) -> bool:
        return self._num_waited >= self._config.patience

    def to_json(self) -> dict[str, Any]:
        return {"best": self._best, "num_waited": self._num_waited}
