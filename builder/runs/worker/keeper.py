"""Keeps the lease of one held run alive, in a thread of its own: no long upload and no busy log may let it lapse."""

import logging
import threading

from django.conf import settings
from django.db import connection

from builder.runs.lease import Claim, LeaseLost, renew_lease
from builder.runs.worker.database import DATABASE_ERRORS

log = logging.getLogger(__name__)


class LeaseKeeper(threading.Thread):
    """Renews from `start` to `stop`. `is_lost` tells that the run is somebody else's."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(name=f"lease-{claim.run_id}", daemon=True)
        self._claim = claim
        self._stopping = threading.Event()
        self.is_lost = False

    def run(self) -> None:
        interval = settings.RUN_LEASE_SECONDS / 5
        try:
            while not self._stopping.wait(interval):
                self._renew()
                if self.is_lost:
                    return
        finally:
            connection.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=settings.RUN_LEASE_SECONDS)

    def _renew(self) -> None:
        try:
            renew_lease(self._claim)
        except LeaseLost:
            self.is_lost = True
        except DATABASE_ERRORS as error:
            # The lease may lapse meanwhile. Who reaches the database first afterwards has the run; the fence decides.
            log.warning("the lease of run %s could not be renewed: %s", self._claim.run_id, error)
            connection.close()
