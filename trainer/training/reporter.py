"""What the outside is told of steps and epochs: in order, complete, and not more than a few times a second."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trainer.errors import UserError
from trainer.training.events import Event

REPORT_SECONDS = 0.2
NUM_RECENT = 20


class Reporter:
    """Gathers the values of single steps and the events of epochs, and sends them together.

    `step` is the last one that was reported before; `recent` are the losses before it, by which a failure is explained.
    """

    def __init__(self, emit: Callable[[Event], None], *, step: int, recent: Sequence[float]) -> None:
        self._emit = emit
        self._sent_step = step
        self._points: dict[str, list[float]] = {}
        self._samples: dict[str, list[tuple[int, list[float]]]] = {}
        self._epochs: list[dict[str, Any]] = []
        self.recent = list(recent)
        self.next_seconds = time.monotonic()

    def add_steps(self, values: Mapping[str, Sequence[float]]) -> None:
        """Add contiguous steps, a list for each name. Raises UserError `training.loss_not_finite_*`, all being sent."""
        for name, numbers in values.items():
            self._points.setdefault(name, []).extend(numbers)
        losses = values["train/loss"]
        for index, loss in enumerate(losses):
            if not math.isfinite(loss):
                step = self._sent_step + len(self._points["train/loss"]) - len(losses) + index + 1
                before = [*self.recent, *losses[:index]][-NUM_RECENT:]
                self.send()
                raise _not_finite(step, loss, before, rate=values["rate"][index])
        self.recent = [*self.recent, *losses][-NUM_RECENT:]

    @property
    def next_step(self) -> int:
        """The first step that was not added yet."""
        return self._sent_step + len(self._points.get("train/loss", [])) + 1

    def add_sample(self, name: str, step: int, value: float) -> None:
        """Add a value that not every step has, in the order of steps."""
        runs = self._samples.setdefault(name, [])
        if runs and runs[-1][0] + len(runs[-1][1]) == step:
            runs[-1][1].append(value)
        else:
            runs.append((step, [value]))

    def add_epoch(self, event: dict[str, Any]) -> None:
        self._epochs.append(event)

    def is_due(self) -> bool:
        return time.monotonic() >= self.next_seconds

    def send(self) -> None:
        """Send what was added: samples, the steps up to the newest, then the epochs that ended among them."""
        self.next_seconds = time.monotonic() + REPORT_SECONDS
        for name, runs in self._samples.items():
            for step, numbers in runs:
                self._emit({"type": "point", "step": step, "values": {name: numbers}})
        self._samples = {}
        if self._points:
            self._emit({"type": "point", "step": self._sent_step + 1, "values": self._points})
            self._sent_step += len(self._points["train/loss"])
            self._points = {}
        for event in self._epochs:
            self._emit(event)
        self._epochs = []


def _not_finite(step: int, loss: float, before: Sequence[float], *, rate: float) -> UserError:
    """The error for a `loss` that is no number, with the cause that the losses `before` it suggest."""
    if not before:
        cause = "first"
    elif before[-1] > 2 * min(before):
        cause = "growing"
    else:
        cause = "sudden"
    return UserError(f"training.loss_not_finite_{cause}", path="loss", step=step, value=loss, rate=rate)
