"""Takes part in a run that another train worker leads: its processes train, and nothing of the run is written here."""

import logging
import shutil
import threading
import time
from collections.abc import Callable

from django.db.models.functions import Now

from builder.runs.lease import LeaseLost
from builder.runs.log import Event
from builder.runs.models import Run, Seat
from builder.runs.seats import Silence, seat_end, seat_leave, seat_renew
from builder.runs.selectors import run_to_hold
from builder.runs.worker.checkpoints import NO_SPACE
from builder.runs.worker.child import ChildProcess
from builder.runs.worker.database import DATABASE_ERRORS, persistently
from builder.runs.worker.job import job_path, prepare_job
from builder.runs.worker.keeper import LeaseKeeper
from builder.runs.worker.meeting import meeting_of_seat

log = logging.getLogger(__name__)

ADDRESS_SECONDS = 0.2


class Guest:
    """From a taken seat to its end. `stopping` has the one that leads hand the run back."""

    def __init__(
        self,
        seat: Seat,
        child: ChildProcess,
        *,
        keeper: LeaseKeeper,
        num_threads: int,
        stopping: threading.Event,
        on_turn: Callable[[], None],
    ) -> None:
        self._seat = seat
        self._child = child
        self._keeper = keeper
        self._num_threads = num_threads
        self._stopping = stopping
        self._on_turn = on_turn
        self._silence = Silence()
        self._has_asked = False
        self._job = job_path(seat.run_id, seat.fence, seat.rank)

    def take_part(self) -> None:
        """Train until the run ends or is lost. The child is gone afterwards."""
        log.info("run %s: taking part as machine %s", self._seat.run_id, self._seat.rank)
        try:
            with self._keeper.keeping(self._renew) as self._lease:
                end = self._train()
            self._child.end()
            persistently(lambda: seat_end(self._seat, **_last_word(end)))
        except LeaseLost:
            log.info("run %s: left, it is over or not held any more", self._seat.run_id)
        except DATABASE_ERRORS:
            log.exception("run %s: left, the database stays away", self._seat.run_id)
        finally:
            self._child.end()
            shutil.rmtree(self._job, ignore_errors=True)

    def _train(self) -> Event | None:
        """The child's `end`; None where it died."""
        run = persistently(lambda: run_to_hold(self._seat.run_id))
        self._await_address()
        meeting = meeting_of_seat(self._seat, machines=run.num_machines)
        try:
            prepare_job(self._job, run, num_threads=self._num_threads, meeting=meeting)
        except OSError as error:
            code = "training.disk_full" if error.errno in NO_SPACE else "run.not_startable"
            return {"type": "end", "status": "failed", "error": {"code": code, "fields": {"reason": str(error)}}}
        self._child.send("train", job_dir=str(self._job))
        while not self._child.is_over:
            for event in self._child.events(timeout=0.05):
                if event["type"] == "end":
                    return event
            self._look_up()
        return None

    def _await_address(self) -> None:
        while not self._seat.address:
            self._look_up()
            time.sleep(ADDRESS_SECONDS)
            self._seat = persistently(lambda: Seat.objects.filter(id=self._seat.id).first()) or self._seat

    def _look_up(self) -> None:
        """Raises LeaseLost where the run has no use for this seat any more."""
        if self._lease.is_lost:
            raise LeaseLost
        if self._stopping.is_set() and not self._has_asked:
            self._has_asked = True
            persistently(lambda: seat_leave(self._seat))
        self._on_turn()

    def _renew(self) -> None:
        if not seat_renew(self._seat):
            raise LeaseLost
        is_overdue = Run.objects.filter(id=self._seat.run_id, lease_until__lt=Now()).exists()
        if self._silence.is_too_long(is_overdue=is_overdue):
            raise LeaseLost


def _last_word(end: Event | None) -> dict[str, object]:
    if end is None:
        return {"state": Seat.State.LOST}
    return {"state": Seat.State.ENDED, "error": end["error"] if end["status"] == "failed" else None}
