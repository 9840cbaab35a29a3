"""Holds one claimed run: what its child reports becomes fenced writes, what the person asks for becomes commands."""

import logging
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from builder.runs.lease import (
    MAX_ATTEMPTS,
    Claim,
    LeaseLost,
    append_events,
    exhausted_error,
    finish_run,
    pause_held,
    release_run,
    renew_lease,
)
from builder.runs.log import Event, make_event
from builder.runs.models import Run
from builder.runs.progress import changes_of_events
from builder.runs.selectors import run_to_hold
from builder.runs.worker.checkpoints import DISK_FULL, NO_SPACE, CheckpointStore, DiskFull
from builder.runs.worker.child import ChildProcess
from builder.runs.worker.companions import CompanionLost, Companions
from builder.runs.worker.database import DATABASE_ERRORS, persistently
from builder.runs.worker.job import job_path, prepare_job
from builder.runs.worker.keeper import LeaseKeeper
from builder.runs.worker.meeting import meeting_of

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.02
FLUSH_EVENTS = 200
RATE_WINDOW_SECONDS = 10.0
GRACE_SECONDS = {"cancel": 5.0, "pause": 60.0, "hand_back": 3.0}
DIED: Event = {"type": "end", "status": "died"}
STATUS_AFTER = {"cancel": "cancelled", "pause": "paused", "hand_back": "handed_back"}


class RunHolder:
    """From claim to release. `stopping` asks to hand the run back; `on_turn` is called a few times a second."""

    def __init__(
        self,
        claim: Claim,
        child: ChildProcess,
        *,
        keeper: LeaseKeeper,
        num_threads: int,
        stopping: threading.Event,
        port: int = 0,
        on_turn: Callable[[], None],
    ) -> None:
        self._claim = claim
        self._child = child
        self._num_threads = num_threads
        self._stopping = stopping
        self._on_turn = on_turn
        self._keeper = keeper
        self._port = port
        self._companions = Companions(claim)
        self._pending: list[Event] = []
        self._changes: dict[str, object] = {}
        self._flushed_at = 0.0
        self._command = ""
        self._command_at = 0.0
        self._steps: deque[tuple[float, int]] = deque()

    def hold(self) -> None:
        """Train until the run ends, is wanted elsewhere, or is lost. The child is gone afterwards."""
        log.info("run %s: claimed with fence %s", self._claim.run_id, self._claim.fence)
        try:
            with self._keeper.keeping(partial(renew_lease, self._claim)) as self._lease:
                self._train()
        except LeaseLost:
            log.warning("run %s: lost, nothing more is written", self._claim.run_id)
        except DATABASE_ERRORS:
            log.exception("run %s: abandoned, the database stays away", self._claim.run_id)
        finally:
            self._child.end()
            shutil.rmtree(job_path(self._claim.run_id, self._claim.fence), ignore_errors=True)

    def _train(self) -> None:
        run = persistently(lambda: run_to_hold(self._claim.run_id))
        self._run = run
        self._began_at = time.monotonic()
        self._store = CheckpointStore(self._claim)
        self._job = job_path(self._claim.run_id, self._claim.fence)
        meeting = meeting_of(self._claim, port=self._port) if self._claim.machines > 1 else None
        try:
            prepare_job(self._job, run, num_threads=self._num_threads, meeting=meeting)
        except OSError as error:
            if error.errno in NO_SPACE:
                self._pause(DISK_FULL)
                return
            self._finish(Run.Status.FAILED, {"code": "run.not_startable", "fields": {"reason": str(error)}})
            return
        self._child.send("train", job_dir=str(self._job))
        try:
            end = self._follow()
        except DiskFull:
            self._child.end()
            self._pause(DISK_FULL)
            return
        except CompanionLost as lost:
            self._child.end()
            end = {"type": "end", "status": "failed", "error": lost.error} if lost.error else DIED
        self._conclude(end)

    def _follow(self) -> Event:
        """Pass events on until the child's `end`. A child that dies or does not obey in time gets one made for it."""
        while True:
            for event in self._child.events(timeout=0.05):
                if event["type"] == "end":
                    return event
                self._take(event)
            if self._lease.is_lost:
                raise LeaseLost
            if self._child.is_over:
                return self._companions.last_words() or DIED
            self._companions.look()
            self._flush_if_due()
            self._pass_requests_on()
            if self._command and time.monotonic() - self._command_at > GRACE_SECONDS[self._command]:
                self._child.end()
                return {"type": "end", "status": STATUS_AFTER[self._command]}
            self._on_turn()

    def _take(self, event: Event) -> None:
        match event["type"]:
            case "started":
                self._take_start(event)
            case "listening":
                self._companions.call(event["port"])
            case "checkpoint":
                self._take_checkpoint(event)
            case _:
                self._pending.append(_logged(event))
                self._note_step(event)

    def _take_start(self, event: Event) -> None:
        exact = event["frozen"].get("exact", True)
        frozen = {**event["frozen"], "exact": exact and (self._run.frozen or {}).get("exact", True)}
        facts = {name: event[name] for name in ("num_steps", "steps_per_epoch", "num_parameters") if name in event}
        self._changes |= {"frozen": frozen, **facts}
        if event["carried"] is not None:
            self._run.summary = {**self._run.summary, "carried": event["carried"]}
        self._pending.append(make_event("status", status=Run.Status.RUNNING.value, **facts))

    def _take_checkpoint(self, event: Event) -> None:
        checkpoint, logged = self._store.publish(event, self._job)
        events = [*self._pending, logged]
        changes = self._row_changes(events)
        persistently(lambda: self._store.record(checkpoint, events, changes))
        self._written(changes)
        if "last" in checkpoint.kinds:
            self._run.attempts = 0

    def _flush_if_due(self) -> None:
        """What follows close on a write waits for the next, but not the first step."""
        since = time.monotonic() - self._flushed_at
        due = since >= FLUSH_SECONDS or len(self._pending) >= FLUSH_EVENTS or len(self._steps) == 1
        if self._pending and due:
            changes = self._row_changes(self._pending)
            persistently(lambda: append_events(self._claim, self._pending, **changes))
            self._written(changes)

    def _row_changes(self, events: list[Event]) -> dict[str, object]:
        seconds = self._run.active_seconds + time.monotonic() - self._began_at
        changes = {**changes_of_events(self._run.summary, events), **self._changes, "active_seconds": seconds}
        if len(self._steps) > 1:
            (first_at, first), (last_at, last) = self._steps[0], self._steps[-1]
            if last > first:
                changes["seconds_per_step"] = (last_at - first_at) / (last - first)
        return changes

    def _written(self, changes: dict[str, object]) -> None:
        self._run.summary = changes["summary"]
        self._pending, self._changes = [], {}
        self._flushed_at = time.monotonic()

    def _note_step(self, event: Event) -> None:
        if event["type"] != "point":
            return
        now = time.monotonic()
        self._steps.append((now, event["step"] + max(len(values) for values in event["values"].values()) - 1))
        while now - self._steps[0][0] > RATE_WINDOW_SECONDS:
            self._steps.popleft()

    def _pass_requests_on(self) -> None:
        leaving = self._stopping.is_set() or self._companions.want_to_leave
        command = self._claim.requested or ("hand_back" if leaving else "")
        if command and command != self._command and self._command != "cancel":
            self._child.send(command)
            self._command, self._command_at = command, time.monotonic()

    def _conclude(self, end: Event) -> None:
        match end["status"]:
            case "succeeded":
                self._finish(Run.Status.SUCCEEDED, test=end.get("test"))
            case "failed" if end["error"]["code"] == "training.disk_full":
                self._pause(DISK_FULL)
            case "failed":
                self._finish(Run.Status.FAILED, end["error"])
            case "cancelled":
                self._finish(Run.Status.CANCELLED)
            case "paused":
                self._pause()
            case "handed_back":
                self._release(make_event("log", level="info", code="run.handed_back", fields={}), counted=False)
            case _:
                self._conclude_death()

    def _conclude_death(self) -> None:
        """The child ended without a word: killed, or out of memory. Another attempt, unless there were too many."""
        log.warning("run %s: child %s died\n%s", self._claim.run_id, self._child.pid, self._child.last_output())
        if self._claim.requested == Run.Requested.CANCEL:
            self._finish(Run.Status.CANCELLED)
        elif self._run.attempts >= MAX_ATTEMPTS:
            error = exhausted_error(self._run.attempts, machines=self._claim.machines)
            self._finish(Run.Status.FAILED, {**error, "traceback": self._child.last_output() or None})
        else:
            self._release(make_event("log", level="warning", code="run.child_died", fields={}), counted=True)

    def _finish(self, status: str, error: dict | None = None, *, test: dict | None = None) -> None:
        events, changes = self._pending, self._row_changes(self._pending)
        changes["summary"] = {**changes["summary"], **({"test": test} if test else {})}
        persistently(lambda: finish_run(self._claim, events, status=status, error=error, test=test, **changes))
        log.info("run %s: %s", self._claim.run_id, status)

    def _pause(self, error: dict | None = None) -> None:
        events, changes = self._pending, self._row_changes(self._pending)
        persistently(lambda: pause_held(self._claim, events, error=error, **changes))

    def _release(self, event: Event, *, counted: bool) -> None:
        events = [*self._pending, event]
        changes = self._row_changes(self._pending)
        persistently(lambda: release_run(self._claim, events, counted=counted, **changes))


def _logged(event: Event) -> Event:
    fields = {name: value for name, value in event.items() if name not in ("type", "time", "seq")}
    return make_event(event["type"], **fields)
