"""What a run may take at most: time, and memory of its process and its device."""

import time
from typing import Final

import psutil
import torch

from trainer.errors import UserError
from trainer.training.config import LimitConfig

GIGABYTE: Final = 10**9


class Limits:
    """The clock of one run, which goes on from `seconds` that it took before, and its memory."""

    def __init__(self, config: LimitConfig, *, device: str, seconds: float) -> None:
        self._config = config
        self._device = device
        self._process = psutil.Process()
        self._begun = time.monotonic() - seconds

    @property
    def seconds(self) -> float:
        """How long the run has trained in all."""
        return time.monotonic() - self._begun

    @property
    def is_time_over(self) -> bool:
        minutes = self._config.minutes
        return minutes is not None and self.seconds >= 60 * minutes

    @property
    def memory_bytes(self) -> int:
        """What is held now: on a GPU there, else by the process."""
        if self._device.startswith("cuda"):
            return torch.cuda.memory_reserved()
        return int(self._process.memory_info().rss)

    def check_memory(self) -> None:
        """Raises UserError `training.memory_limit`."""
        limit = self._config.gigabytes
        if limit is not None and self.memory_bytes > limit * GIGABYTE:
            held = self.memory_bytes / GIGABYTE
            raise UserError("training.memory_limit", path="config.limits.gigabytes", held=f"{held:.2f}", limit=limit)
