"""When a loop looks up from its steps: to report, and to see what is asked of it."""

import time
from collections.abc import Callable

from trainer.training.control import Control
from trainer.training.reporter import REPORT_SECONDS, Reporter


class OwnPace:
    """That of one process: as soon as a report is due or something is asked."""

    def __init__(self, control: Control, reporter: Reporter) -> None:
        self._control = control
        self._reporter = reporter

    def is_due(self, step: int) -> bool:
        return self._control.requested is not None or self._reporter.is_due()


class SharedPace:
    """That of several, which must look up after the same step: each time the first of them says how many follow.

    So nothing is said in between, and a step costs no message more. `agree` gives all of them the first one's answer.
    """

    def __init__(self, agree: Callable[[int], int]) -> None:
        self._agree = agree
        self._meeting = 0
        self._met_step = 0
        self._met_seconds = time.monotonic()

    def is_due(self, step: int) -> bool:
        if step < self._meeting:
            return False
        now = time.monotonic()
        num_steps = max(1, step - self._met_step)
        wanted = int(num_steps * REPORT_SECONDS / max(now - self._met_seconds, 1e-6))
        self._meeting = step + self._agree(max(1, min(wanted, 2 * num_steps)))
        self._met_step, self._met_seconds = step, now
        return True
