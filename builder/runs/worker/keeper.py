"""Keeps the leases of this process alive, those of the runs it holds and those of its seats in others, in a thread of
its own: no long upload and no busy log may let one lapse, and however many there are, it takes one connection to the
database."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from builder.runs.lease import LeaseLost
from builder.runs.worker.database import DATABASE_ERRORS

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Lease:
    """One that is kept. `is_lost` tells that the run is somebody else's."""

    renew: Callable[[], None]
    is_lost: bool = False


class LeaseKeeper(threading.Thread):
    """Renews five times while a lease lasts, until the process ends."""

    def __init__(self) -> None:
        super().__init__(name="leases", daemon=True)
        self._leases: list[Lease] = []
        self._changing = threading.Lock()

    @contextmanager
    def keeping(self, renew: Callable[[], None]) -> Iterator[Lease]:
        """`renew` raises LeaseLost where there is nothing to keep any more."""
        lease = Lease(renew)
        with self._changing:
            self._leases.append(lease)
        try:
            yield lease
        finally:
            with self._changing:
                self._leases.remove(lease)

    def run(self) -> None:
        pause = threading.Event()
        while not pause.wait(settings.RUN_LEASE_SECONDS / 5):
            self.renew()

    def renew(self) -> None:
        """Renew every lease once."""
        with self._changing:
            leases = [lease for lease in self._leases if not lease.is_lost]
        for lease in leases:
            try:
                lease.renew()
            except LeaseLost:
                lease.is_lost = True
            except DATABASE_ERRORS as error:
                # It may lapse meanwhile. Who reaches the database first afterwards has the run; the fence decides.
                log.warning("a lease could not be renewed: %s", error)
                connection.close()
