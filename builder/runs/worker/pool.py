"""All slots of this machine's train worker, and the heartbeat by which the site knows of them."""

import logging
import os
import platform
import socket
import threading

import psutil
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from builder.runs.models import Worker
from builder.runs.wakes import wake_all
from builder.runs.worker.database import DATABASE_ERRORS, limit_silence, persistently
from builder.runs.worker.devices import gpus_of_slot, visible_gpus
from builder.runs.worker.job import remove_stale_jobs, remove_stale_rows
from builder.runs.worker.keeper import LeaseKeeper
from builder.runs.worker.rooms import Rooms
from builder.runs.worker.slot import Slot

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
STOP_SECONDS = 4.0


class SlotPool:
    """`start` registers the worker and lets its slots claim; `stop` has them hand back and waits for it."""

    def __init__(self) -> None:
        gpus = visible_gpus()
        num_slots = settings.TRAIN_SLOTS or max(1, len(gpus))
        self.num_threads = max(1, num_cores() // num_slots)
        self._stopping = threading.Event()
        self._rooms = Rooms(gpus)
        self._worker = Worker(
            hostname=socket.gethostname(),
            pid=os.getpid(),
            device=f"{len(gpus)} x GPU" if gpus else f"CPU, {platform.machine()}",
            num_slots=num_slots,
            num_threads=self.num_threads,
            host=settings.RENDEZVOUS_HOST,
            memory_bytes=psutil.virtual_memory().total,
            used_memory_bytes=psutil.virtual_memory().used,
            devices=self._rooms.measure(),
        )
        self._keeper = LeaseKeeper()
        self.slots = [
            Slot(
                index=index,
                worker_id=self._worker.id,
                keeper=self._keeper,
                rooms=self._rooms,
                gpus=gpus_of_slot(gpus, index=index, num_slots=num_slots),
                num_threads=self.num_threads,
                stopping=self._stopping,
            )
            for index in range(num_slots)
        ]
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        limit_silence()
        self._worker.started_at = self._worker.heartbeat_at = Now()
        persistently(self._worker.save)
        self._heart.start()
        self._keeper.start()
        for slot in self.slots:
            slot.start()

    def request_stop(self) -> None:
        self._stopping.set()
        wake_all()

    def stop(self) -> None:
        self.request_stop()
        for slot in self.slots:
            slot.join(STOP_SECONDS)
        try:
            Worker.objects.filter(id=self._worker.id).delete()
        except DATABASE_ERRORS as error:
            log.warning("the worker's row stays until it is swept: %s", error)

    def _beat(self) -> None:
        while not self._stopping.wait(HEARTBEAT_SECONDS):
            found = {"used_memory_bytes": psutil.virtual_memory().used, "devices": self._rooms.measure()}
            try:
                touched = Worker.objects.filter(id=self._worker.id).update(heartbeat_at=Now(), **found)
                if not touched:
                    self._worker.heartbeat_at = Now()
                    self._worker.save(force_insert=True)
                remove_stale_jobs()
                remove_stale_rows()
            except DATABASE_ERRORS as error:
                log.warning("no heartbeat: %s", error)
                connection.close()
        connection.close()


def num_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
