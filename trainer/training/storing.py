"""When a run is stored, and as what: the newest, the best, and those that are to be kept."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from trainer.training.best import Best
from trainer.training.checkpoint import Snapshot
from trainer.training.config import CheckpointConfig
from trainer.training.keeper import CheckpointKeeper, NoKeeper

MIN_SECONDS: Final = 0.5


class Storing:
    """The checkpoints of one run that goes on; `stored_step` is that of the newest, -1 where there is none."""

    def __init__(
        self, config: CheckpointConfig, keeper: CheckpointKeeper | NoKeeper, best: Best, *, stored_step: int
    ) -> None:
        self._config = config
        self._keeper = keeper
        self._best = best
        self._stored_step = stored_step
        self._last = time.monotonic()

    def is_due_at(self, step: int) -> bool:
        every = self._config.every_steps
        return every is not None and step % every == 0

    def is_due_within_epoch(self, step: int) -> bool:
        every = self._config.every_seconds
        due = every is not None and time.monotonic() - self._last >= every
        return self.is_due_at(step) or (due and not self._keeper.is_busy)

    def is_due_after_epoch(self, step: int, epoch: int) -> bool:
        """Not more than twice a second where epochs are short, but where the setting says so."""
        late = time.monotonic() - self._last >= MIN_SECONDS
        return self.is_due_at(step) or self._is_kept(epoch) or (late and not self._keeper.is_busy)

    def store(
        self, step: int, values: Mapping[str, Any], snapshot: Callable[[], Snapshot], *, ended: int | None
    ) -> None:
        """Give the best so far, where it is new, and the present to the keeper; `ended` is the epoch that just did."""
        unstored = self._best.unstored
        kept = ended is not None and self._is_kept(ended)
        if self._stored_step == step and unstored is None and not kept:
            return
        self._last = time.monotonic()
        self._stored_step = step
        is_best = unstored is not None and unstored.step == step
        if unstored is not None and not is_best:
            self._keeper.store(unstored, ["best"], self._best.values)
        kinds = ["last", *(["best"] if is_best else []), *(["kept"] if kept else [])]
        self._keeper.store(snapshot(), kinds, values)
        self._best.mark_stored()

    def wait(self) -> None:
        """Wait until all is safe on disk. Raises OSError where the disk did."""
        self._keeper.wait()

    def _is_kept(self, epoch: int) -> bool:
        every = self._config.every_epochs
        return every is not None and epoch % every == 0
