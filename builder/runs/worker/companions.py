"""The other machines of a held run, as the one that leads sees them: by their seats, which they renew like leases."""

import time

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from builder.runs.lease import Claim
from builder.runs.log import Event
from builder.runs.models import Seat
from builder.runs.seats import Silence, seats_of
from builder.runs.worker.database import persistently

LOOK_SECONDS = 0.5
LAST_WORDS_SECONDS = 3.0
UNREACHABLE = "training.unreachable"


class CompanionLost(Exception):
    """A machine of the run is gone; with the `error` that its process ended with, where it told one."""

    def __init__(self, error: dict | None = None) -> None:
        super().__init__(error)
        self.error = error


class Companions:
    """Those of a claim. A run on one machine has none, and nothing is asked for it."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._number = claim.machines - 1
        self._looked_at = 0.0
        self._silence = Silence()
        self.want_to_leave = False

    def call(self, port: int) -> None:
        """Tell them where the processes here are listening."""
        address = f"{settings.RENDEZVOUS_HOST}:{port}"
        persistently(lambda: self._seats().update(address=address))

    def look(self) -> None:
        """Twice a second: whether all are there. Raises CompanionLost where one failed, or has been gone for a lease.

        What ends because one is gone has until then to say so itself, or that it was this machine that failed.
        """
        if not self._number or time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        seats = self._read()
        for seat in seats:
            if seat.error:
                raise CompanionLost(seat.error)
        num_there = sum(seat.state != Seat.State.LOST and not seat.is_overdue for seat in seats)
        if self._silence.is_too_long(is_overdue=num_there < self._number):
            raise CompanionLost
        self.want_to_leave = any(seat.state == Seat.State.LEAVING for seat in seats)

    def last_words(self) -> Event | None:
        """The processes here were killed, or ended because one elsewhere failed: the `end` with what that one told.

        That one could not reach this machine counts only while this machine was there.
        """
        until = time.monotonic() + LAST_WORDS_SECONDS
        while self._number:
            seats = self._read()
            errors = [seat.error for seat in seats if seat.error and seat.error["code"] != UNREACHABLE]
            if errors:
                return {"type": "end", "status": "failed", "error": errors[0]}
            are_over = all(seat.state in (Seat.State.ENDED, Seat.State.LOST) for seat in seats)
            if are_over or time.monotonic() > until:
                break
            time.sleep(LOOK_SECONDS)
        return None

    def _read(self) -> list[Seat]:
        is_silent = Q(until__lt=Now()) & ~Q(state=Seat.State.ENDED)
        overdue = ExpressionWrapper(is_silent, output_field=BooleanField())
        return persistently(lambda: list(self._seats().annotate(is_overdue=overdue)))

    def _seats(self):
        return seats_of(self._claim.run_id, self._claim.fence)
