"""Early stopping: when the validation rows have not got better for so many epochs."""

from typing import Any

from trainer.training.config import EarlyStoppingConfig


class Patience:
    """Counts epochs without a score that is better by `min_delta` at least. Higher scores are better."""

    def __init__(self, config: EarlyStoppingConfig, state: dict[str, Any] | None = None) -> None:
        self._config = config
        self._best: float | None = state["best"] if state else None
        self._num_waited: int = state["num_waited"] if state else 0

    def offer(self, score: float) -> None:
        if self._best is None or score > self._best + self._config.min_delta:
            self._best, self._num_waited = score, 0
        else:
            self._num_waited += 1

    @property
    def is_over(self) -> bool:
        return self._num_waited >= self._config.patience

    def to_json(self) -> dict[str, Any]:
        return {"best": self._best, "num_waited": self._num_waited}
