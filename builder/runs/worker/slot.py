"""One slot of a train worker: a thread that claims by itself, one run at a time, and lives as long as the worker."""

import logging
import threading
from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from builder.runs.wakes import new_wake_event, wake_all
from builder.runs.worker.database import DATABASE_ERRORS
from builder.runs.worker.holder import RunHolder
from builder.runs.worker.keeper import LeaseKeeper
from builder.runs.worker.rooms import Rooms
from builder.runs.worker.standby import Standby

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0


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
            claim = self._rooms.claim(worker_id=self._worker_id, gpu=self.gpus[0] if self.gpus else None)
            if claim is None:
                self._wake.wait(LOOK_SECONDS)
                return
            try:
                holder = RunHolder(
                    claim,
                    self._standby.take(),
                    keeper=self._keeper,
                    num_threads=self._num_threads,
                    stopping=self._stopping,
                    on_turn=self._standby.turn,
                )
                holder.hold()
            finally:
                self._rooms.leave(claim)
                wake_all()  # another slot may wait for the memory that is free now
            self._standby.hurry()
        except DATABASE_ERRORS as error:
            log.warning("the database does not answer: %s", error)
            connection.close()
            self._stopping.wait(LOOK_SECONDS)
        except Exception:
            log.exception("the slot failed in its turn and goes on")
            connection.close()
            self._stopping.wait(LOOK_SECONDS)
