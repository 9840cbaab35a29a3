"""Writing while the database restarts: try again with growing pauses, for a bounded time."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
DATABASE_ERRORS = (OperationalError, InterfaceError)
PATIENCE_SECONDS = 120.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 3.0


def persistently(action: Callable[[], Answer], *, patience_seconds: float = PATIENCE_SECONDS) -> Answer:
    """What `action` answers; repeated while the database cannot be reached, until the patience ends: then it raises."""
    until = time.monotonic() + patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return action()
        except DATABASE_ERRORS as error:
            connection.close()
            if time.monotonic() + pause > until:
                raise
            log.warning("the database does not answer, trying again in %.1f s: %s", pause, error)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
