"""Seats: how free slots of several train workers come together for one run.

A slot whose turn it is for such a run offers itself, and goes on to look. The one that finds enough others claims the
run and takes their seats. So nobody holds a run that cannot start, and two such runs never wait for each other.
"""

import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Now

from builder.runs.models import Run, Seat

KEPT = timedelta(hours=1)


def lease_end():
    lease = Value(timedelta(seconds=settings.RUN_LEASE_SECONDS))
    return ExpressionWrapper(Now() + lease, output_field=DateTimeField())


class SlotSeat:
    """The seat of one slot, which offers itself to one run at a time."""

    def __init__(self, worker_id: UUID) -> None:
        self.worker_id = worker_id
        self._id: UUID | None = None

    @property
    def is_offered(self) -> bool:
        return self._id is not None

    def offer(self, run_id: UUID) -> bool:
        """Offer itself to this run, and to no other. False where it was taken for one meanwhile."""
        if self._id is not None:
            if self._own().update(run_id=run_id, until=lease_end()):
                return True
            if self.taken() is not None:
                return False
        self._id = Seat.objects.create(worker_id=self.worker_id, run_id=run_id, until=lease_end()).id
        return True

    def withdraw(self) -> bool:
        """Offer itself to no run. False where it was taken meanwhile."""
        if self._id is None:
            return True
        if not self._own().delete()[0] and self.taken() is not None:
            return False
        self._id = None
        return True

    def taken(self) -> Seat | None:
        """The seat, once somebody has claimed the run and counts on it."""
        return Seat.objects.filter(id=self._id).exclude(fence=None).first() if self._id else None

    def forget(self) -> None:
        """The part that it had is over."""
        self._id = None

    def _own(self) -> QuerySet[Seat]:
        return Seat.objects.filter(id=self._id, fence=None)


def offered(run_id: UUID, *, other_than: UUID | None = None) -> dict[UUID, UUID]:
    """The seats that are offered to a run now, one for each worker, by worker."""
    seats = Seat.objects.filter(run_id=run_id, fence=None, until__gte=Now()).exclude(worker_id=other_than)
    found: dict[UUID, UUID] = {}
    for worker_id, seat_id in seats.order_by("id").values_list("worker_id", "id"):
        found.setdefault(worker_id, seat_id)
    return found


def take_seats(run_id: UUID, fence: int, *, number: int, other_than: UUID) -> bool:
    """Take so many of those offered for the claim with this fence; False where there are too few. In a transaction."""
    chosen = list(offered(run_id, other_than=other_than).values())[:number]
    Seat.objects.filter(run_id=run_id, fence__lt=fence).delete()
    for rank, seat_id in enumerate(chosen, start=1):
        state = {"state": Seat.State.TAKEN, "fence": fence, "rank": rank, "until": lease_end()}
        if not Seat.objects.filter(id=seat_id, fence=None).update(**state):
            return False
    return len(chosen) == number


def seats_of(run_id: UUID, fence: int) -> QuerySet[Seat]:
    """Those taken for this claim."""
    return Seat.objects.filter(run_id=run_id, fence=fence)


def seat_renew(seat: Seat) -> bool:
    """Push its end out; False where the claim that it was taken for is over."""
    holds = Q(run__status=Run.Status.RUNNING, run__fence=seat.fence)
    return bool(Seat.objects.filter(holds, id=seat.id).update(until=lease_end()))


def seat_leave(seat: Seat) -> None:
    """Ask the one that leads to hand the run back."""
    Seat.objects.filter(id=seat.id, state=Seat.State.TAKEN).update(state=Seat.State.LEAVING)


def seat_end(seat: Seat, *, state: str, error: dict | None = None) -> None:
    """The last word of a seat to the one that leads, if that is still there."""
    Seat.objects.filter(id=seat.id).update(state=state, error=error)


def seats_forget() -> None:
    """Drop what was left by workers that went without a word."""
    Seat.objects.filter(until__lt=Now() - KEPT).delete()


class Silence:
    """For how long something has been overdue, as seen from here: that the database was away is nobody's silence."""

    def __init__(self) -> None:
        self._since: float | None = None

    def is_too_long(self, *, is_overdue: bool) -> bool:
        """Whether it has been overdue at each look for as long as a lease lasts."""
        now = time.monotonic()
        self._since = (self._since or now) if is_overdue else None
        return self._since is not None and now - self._since > settings.RUN_LEASE_SECONDS
