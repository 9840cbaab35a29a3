"""Keeps the leases of the held runs of this process alive, in a thread of its own: no long upload and no busy log may
let one lapse, and however many runs are held, it takes one connection to the database."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from builder.runs.lease import Claim, LeaseLost, renew_lease
from builder.runs.worker.database import DATABASE_ERRORS

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Lease:
    """One that is kept. `is_lost` tells that the run is somebody else's."""

    claim: Claim
    is_lost: bool = False


class LeaseKeeper(threading.Thread):
    """Renews five times while a lease lasts, until the process ends."""

    def __init__(self) -> None:
        super().__init__(name="leases", daemon=True)
        self._leases: list[Lease] = []
        self._changing = threading.Lock()

    @contextmanager
    def keeping(self, claim: Claim) -> Iterator[Lease]:
        lease = Lease(claim)
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
                renew_lease(lease.claim)
            except LeaseLost:
                lease.is_lost = True
            except DATABASE_ERRORS as error:
                # It may lapse meanwhile. Who reaches the database first afterwards has the run; the fence decides.
                log.warning("the lease of run %s could not be renewed: %s", lease.claim.run_id, error)
                connection.close()
