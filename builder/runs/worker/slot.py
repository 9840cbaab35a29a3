"""One slot of a train worker: a thread that claims by itself, one run at a time, and lives as long as the worker."""

import logging
import threading
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection

from builder.runs.lease import Claim
from builder.runs.models import Seat
from builder.runs.seats import SlotSeat
from builder.runs.wakes import new_wake_event, wake_all
from builder.runs.worker.database import DATABASE_ERRORS
from builder.runs.worker.guest import Guest
from builder.runs.worker.holder import RunHolder
from builder.runs.worker.keeper import LeaseKeeper
from builder.runs.worker.rooms import Rooms
from builder.runs.worker.standby import Standby

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
OFFERED_SECONDS = 0.3  # between looks at a seat that is offered: others wait for it


class Slot(threading.Thread):
    """Its children are spawned here, in a thread that outlives them."""

    def __init__(
        self,
        *,
        index: int,
        worker_id: UUID,
        keeper: LeaseKeeper,
        rooms: Rooms,
        gpus: Sequence[str],
        num_threads: int,
        stopping: threading.Event,
    ) -> None:
        super().__init__(name=f"slot-{index}", daemon=True)
        self._worker_id = worker_id
        self._keeper = keeper
        self._rooms = rooms
        self.gpus = tuple(gpus)
        self._num_threads = num_threads
        self._stopping = stopping
        self._seat = SlotSeat(worker_id) if settings.RENDEZVOUS_HOST else None
        self._port = settings.RENDEZVOUS_PORT + index if settings.RENDEZVOUS_PORT else 0
        environment = {"CUDA_VISIBLE_DEVICES": ",".join(gpus)} if gpus else {}
        self._standby = Standby(num_threads=num_threads, environment=environment)
        self._wake = new_wake_event()

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._standby.end()
            connection.close()

    def _turn(self) -> None:
        try:
            if not self._standby.turn(wait_seconds=0.5):
                return
            self._wake.clear()
            claim = self._rooms.claim(worker_id=self._worker_id, gpu=self._gpu, seat=self._seat)
            if claim is not None:
                self._hold(claim)
            elif self._seat is not None and self._seat.is_offered:
                if (seat := self._seat.taken()) is not None:
                    self._take_part(seat)
                else:
                    self._wake.wait(OFFERED_SECONDS)
            else:
                self._wake.wait(LOOK_SECONDS)
        except DATABASE_ERRORS as error:
            log.warning("the database does not answer: %s", error)
            connection.close()
            self._stopping.wait(LOOK_SECONDS)
        except Exception:
            log.exception("the slot failed in its turn and goes on")
            connection.close()
            self._stopping.wait(LOOK_SECONDS)

    @property
    def _gpu(self) -> str | None:
        return self.gpus[0] if self.gpus else None

    def _hold(self, claim: Claim) -> None:
        try:
            holder = RunHolder(
                claim,
                self._standby.take(),
                keeper=self._keeper,
                num_threads=self._num_threads,
                stopping=self._stopping,
                port=self._port,
                on_turn=self._standby.turn,
            )
            holder.hold()
        finally:
            self._left(claim.run_id)

    def _take_part(self, seat: Seat) -> None:
        try:
            self._rooms.enter(seat.run_id, self._gpu)
            guest = Guest(
                seat,
                self._standby.take(),
                keeper=self._keeper,
                num_threads=self._num_threads,
                stopping=self._stopping,
                on_turn=self._standby.turn,
            )
            guest.take_part()
        finally:
            self._seat.forget()
            self._left(seat.run_id)

    def _left(self, run_id: UUID) -> None:
        self._rooms.leave(run_id)
        wake_all()  # another slot may wait for the memory that is free now
        self._standby.hurry()
