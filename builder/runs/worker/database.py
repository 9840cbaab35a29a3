"""Writing while the database restarts: try again with growing pauses, for a bounded time.

SQLite has one writer at a time and lets the others sleep and look again, so that now and then one sleeps long: the
threads of a process take turns by themselves.

And letting go of it: PostgreSQL ends a transaction of ours in which we have been silent for as long as a lease lasts,
or a worker that is frozen in the middle of a write would keep the row of its run from whoever takes over.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
DATABASE_ERRORS = (OperationalError, InterfaceError)
PATIENCE_SECONDS = 120.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 3.0

_one_at_a_time = threading.RLock()


def persistently(action: Callable[[], Answer], *, patience_seconds: float = PATIENCE_SECONDS) -> Answer:
    """What `action` answers; repeated while the database cannot be reached, until the patience ends: then it raises."""
    until = time.monotonic() + patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            with _turn():
                return action()
        except DATABASE_ERRORS as error:
            connection.close()
            if time.monotonic() + pause > until:
                raise
            log.warning("the database does not answer, trying again in %.1f s: %s", pause, error)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _turn() -> AbstractContextManager[object]:
    return _one_at_a_time if connection.vendor == "sqlite" else nullcontext()


def limit_silence() -> None:
    """From now on, no connection of this process keeps a lock for longer than a lease without a word."""
    connection_created.connect(_limit_silence)
    connection.close()  # one that is open already was made without the limit


def _limit_silence(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    if connection.vendor == "postgresql":
        limit = int(settings.RUN_LEASE_SECONDS * 1000)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [f"{limit}ms"])
