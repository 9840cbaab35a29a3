"""A warm child, kept ready for the next run."""

import logging
import time
from collections.abc import Mapping

from builder.runs.worker.child import ChildProcess

log = logging.getLogger(__name__)

FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 1.0, 60.0
READY_SECONDS = 120.0
WARM_AFTER_SECONDS = 5.0


class Standby:
    """Starts a child when there is none, gives it away once it is ready. One that dies is followed later and later.

    Call it from one thread that lives as long as its children should.
    """

    def __init__(self, *, num_threads: int, environment: Mapping[str, str]) -> None:
        self._num_threads = num_threads
        self._environment = environment
        self._child: ChildProcess | None = None
        self._started_at = 0.0
        self._not_before = 0.0
        self._backoff = FIRST_BACKOFF_SECONDS

    def turn(self, *, wait_seconds: float = 0.0) -> bool:
        """Start a child where one is due, and look after it. True when one is ready."""
        now = time.monotonic()
        if self._child is None:
            if now < self._not_before:
                time.sleep(min(wait_seconds, self._not_before - now))
                return False
            self._child = ChildProcess(num_threads=self._num_threads, environment=self._environment)
            self._started_at = now
        is_ready = self._child.wait_until_ready(wait_seconds)
        if self._child.is_over or (not is_ready and now - self._started_at > READY_SECONDS):
            self._give_up()
            return False
        return is_ready

    def take(self) -> ChildProcess:
        """The ready child. The next one starts a little later, so as not to disturb a run's first seconds."""
        child, self._child = self._child, None
        if child is None:
            raise RuntimeError("there is no standby child to take")
        self._backoff = FIRST_BACKOFF_SECONDS
        self._not_before = time.monotonic() + WARM_AFTER_SECONDS
        return child

    def hurry(self) -> None:
        """The run is over: the next child may start at once."""
        self._not_before = 0.0

    def end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def _give_up(self) -> None:
        child, self._child = self._child, None
        status = child.end()
        log.error("standby child %s ended with %s before a run:\n%s", child.pid, status, child.last_output())
        self._not_before = time.monotonic() + self._backoff
        self._backoff = min(2 * self._backoff, LONGEST_BACKOFF_SECONDS)
