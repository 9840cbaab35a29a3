"""What the holder of a run does to its row: claim, renew, write, hand back, finish.

Every function here is one transaction whose first statement is an UPDATE that names the run and the fence. Where it
touches no row somebody else has taken over, `LeaseLost` is raised, and the holder must kill its child and write nothing
more. Leases run on the database's clock, so that the clocks of the workers do not matter.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Greatest, Now

from builder.files import delete_folder
from builder.runs import messages  # noqa: F401  (registers the sentences that the log names)
from builder.runs.log import Event, make_event, write_chunk
from builder.runs.models import Checkpoint, Run
from builder.runs.nudges import nudge_run
from builder.runs.progress import rewound_summary
from builder.runs.queue import ON_ONE_MACHINE, eligible, expired, gatherable, hold_up, next_run_id, overdue
from builder.runs.room import Room
from builder.runs.seats import SlotSeat, lease_end, offered, take_seats
from trainer.training.config import parse_config

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
LOOK_SECONDS = 0.4  # between two looks at what the person has asked for, where more is written than that


class SeatGone(Exception):
    """A slot that was counted on has taken something else."""


class LeaseLost(Exception):
    """The run is somebody else's now, or was ended."""


@dataclass(slots=True)
class Claim:
    """The right to write to a run, and what the holder knows of the row: it alone moves `last_seq`.

    Each write names the `last_seq` before it, so that one repeated after a lost answer is found done, not done twice.
    """

    run_id: UUID
    fence: int
    last_seq: int
    requested: str = ""
    machines: int = 1
    looked_at: float = 0.0


def claim_run(
    *,
    worker_id: UUID | None = None,
    room: Room | None = None,
    empty: Room | None = None,
    seat: SlotSeat | None = None,
) -> Claim | None:
    """Take the run whose turn it is, queued or with its lease run out. None when there is none that fits.

    A slot with a `seat` takes part in runs over several machines. It claims one for which enough others offer theirs;
    else it offers its own, and takes another run meanwhile, unless that one has waited for long. None also where its
    seat was taken.
    """
    among = _gatherable() if seat is not None else ON_ONE_MACHINE
    offers = False
    while True:
        run_id = next_run_id(room, empty, among)
        if run_id is None:
            break
        row = Run.objects.filter(eligible(), id=run_id).values_list("fence", "attempts", "status", "num_machines")
        if not row:  # somebody else was faster
            continue
        fence, attempts, status, machines = row[0]
        if attempts >= MAX_ATTEMPTS:
            error = exhausted_error(attempts, machines=machines)
            end_unheld(run_id, fence=fence, status=Run.Status.FAILED, error=error)
        elif machines > 1:
            if claim := _claim_together(run_id, fence, seat, machines=machines):
                return claim
            hold_up(run_id)
            offers = True
            if not seat.offer(run_id) or Run.objects.filter(overdue(), id=run_id).exists():
                break
            among = ON_ONE_MACHINE
        elif seat is not None and not seat.withdraw():
            return None
        elif claim := _claim(run_id, fence, worker_id, abandoned=status == Run.Status.RUNNING):
            return claim
    if seat is not None and not offers:
        seat.withdraw()
    return None


def _gatherable() -> Q:
    """What a slot with a seat may take. One over several machines that was abandoned waits for all of them anew."""
    for run_id, fence in Run.objects.filter(expired(), num_machines__gt=1).values_list("id", "fence"):
        taken_over = make_event("log", level="warning", code="run.taken_over", fields={})
        events = [taken_over, make_event("status", status=Run.Status.QUEUED.value)]
        changes = {"status": Run.Status.QUEUED, "lease_until": None, "worker": None}
        change_unheld(run_id, expired() & Q(fence=fence), events, **changes)
    return gatherable()


def _claim_together(run_id: UUID, fence: int, seat: SlotSeat, *, machines: int) -> Claim | None:
    """Claim a run and take the seats for it, where there are enough."""
    if len(offered(run_id, other_than=seat.worker_id)) < machines - 1:
        return None
    try:
        with transaction.atomic():
            claim = _claim(run_id, fence, seat.worker_id, abandoned=False)
            if claim is None:
                return None
            others = take_seats(run_id, claim.fence, number=machines - 1, other_than=seat.worker_id)
            if not others or not seat.withdraw():
                raise SeatGone
    except SeatGone:
        return None
    claim.machines = machines
    return claim


def _claim(run_id: UUID, fence: int, worker_id: UUID | None, *, abandoned: bool) -> Claim | None:
    events = [make_event("log", level="warning", code="run.taken_over", fields={})] if abandoned else []
    events.append(make_event("status", status=Run.Status.RUNNING.value))
    with transaction.atomic():
        touched = Run.objects.filter(eligible(), id=run_id, fence=fence).update(
            status=Run.Status.RUNNING,
            fence=F("fence") + 1,
            lease_until=lease_end(),
            worker_id=worker_id,
            attempts=F("attempts") + 1,
            started_at=Coalesce("started_at", Now()),
            error=None,
            held_up_since=None,
            last_seq=F("last_seq") + len(events),
        )
        if not touched:
            return None
        run = Run.objects.select_related("checkpoint").defer("bound_graph").get(id=run_id)
        step, epoch = (run.checkpoint.step, run.checkpoint.epoch) if run.checkpoint else (0, 0)
        if run.step > step:
            events.append(make_event("rewind", step=step))
            run.last_seq += 1
            run.step, run.epoch, run.summary = step, epoch, rewound_summary(run.summary, step)
            run.save(update_fields=["last_seq", "step", "epoch", "summary"])
        write_chunk(run_id, events, run.last_seq)
        nudge_on_commit(run_id, run.last_seq)
    return Claim(run_id, fence + 1, run.last_seq, run.requested)


def renew_lease(claim: Claim) -> None:
    """Push the lease's end out, and read what the person has asked for meanwhile."""
    held = Run.objects.filter(id=claim.run_id, fence=claim.fence, status=Run.Status.RUNNING)
    if not held.update(lease_until=lease_end()):
        raise LeaseLost
    claim.requested = held.values_list("requested", flat=True).first() or claim.requested


def append_events(claim: Claim, events: Sequence[Event], **changes: object) -> None:
    """Write events and what follows from them in the row, under the fence."""
    with transaction.atomic():
        _append(claim, events, changes)
    claim.last_seq += len(events)


def record_checkpoint(claim: Claim, events: Sequence[Event], checkpoint: Checkpoint, **changes: object) -> None:
    """Note stored files. The last ones are where a resume starts, and with them the attempts count anew."""
    is_last = "last" in checkpoint.kinds
    with transaction.atomic():
        if _append(claim, events, {**changes, "attempts": 0} if is_last else changes):
            _drop_kinds(claim.run_id, set(checkpoint.kinds) - {"kept"})
            checkpoint.save(force_insert=True)
            if "kept" in checkpoint.kinds:
                _let_go_of_kept(claim.run_id)
            if is_last:
                Run.objects.filter(id=claim.run_id).update(checkpoint=checkpoint)
    claim.last_seq += len(events)


def release_run(claim: Claim, events: Sequence[Event], *, counted: bool, **changes: object) -> None:
    """Give the lease back and the run to the queue. Not `counted` when it was our own wish, as on SIGTERM."""
    attempts = F("attempts") if counted else Greatest(F("attempts") - 1, Value(0))
    status = make_event("status", status=Run.Status.QUEUED.value)
    append_events(
        claim, [*events, status], status=Run.Status.QUEUED, lease_until=None, worker=None, attempts=attempts, **changes
    )


def pause_held(claim: Claim, events: Sequence[Event], *, error: dict | None = None, **changes: object) -> None:
    status = make_event("status", status=Run.Status.PAUSED.value)
    append_events(
        claim,
        [*events, status],
        status=Run.Status.PAUSED,
        requested=Run.Requested.NOTHING,
        lease_until=None,
        worker=None,
        attempts=0,
        error=error,
        **changes,
    )


def finish_run(
    claim: Claim,
    events: Sequence[Event],
    *,
    status: str,
    error: dict | None = None,
    test: dict | None = None,
    **changes: object,
) -> None:
    """The final state: a `status` and an `end` event, once."""
    events = [*events, *final_events(status, error, test)]
    append_events(claim, events, **{**changes, **_final_changes(status, error)})


def end_unheld(run_id: UUID, *, status: str, error: dict | None = None, fence: int | None = None) -> bool:
    """End a run that nobody holds (any more); where `fence` is given, only if nobody did anything to it since."""
    nobody_holds = Q(status__in=[Run.Status.QUEUED, Run.Status.PAUSED]) | expired()
    if fence is not None:
        nobody_holds &= Q(fence=fence)
    return change_unheld(run_id, nobody_holds, final_events(status, error), **_final_changes(status, error))


def change_unheld(run_id: UUID, condition: Q, events: Sequence[Event], **changes: object) -> bool:
    """Change a run that has no holder, raising the fence so that one who only seemed gone is shut out."""
    with transaction.atomic():
        touched = Run.objects.filter(condition, id=run_id).update(
            fence=F("fence") + 1, last_seq=F("last_seq") + len(events), **changes
        )
        if touched:
            last_seq = Run.objects.values_list("last_seq", flat=True).get(id=run_id)
            write_chunk(run_id, events, last_seq)
            nudge_on_commit(run_id, last_seq)
    return bool(touched)


def final_events(status: str, error: dict | None, test: dict | None = None) -> list[Event]:
    return [
        make_event("status", status=str(status)),
        make_event("end", status=str(status), error=error, test=test),
    ]


def exhausted_error(attempts: int, *, machines: int = 1) -> dict:
    code = "run.exhausted" if machines == 1 else "run.exhausted_together"
    return {"code": code, "fields": {"attempts": attempts}}


def delete_superseded_checkpoints(run_id: UUID) -> None:
    """Let go of checkpoints that are of no kind any more, but for those an unfinished run continues from."""
    wanted = Run.objects.filter(parent_checkpoint=OuterRef("pk")).exclude(status__in=Run.FINAL)
    pointed = Run.objects.filter(checkpoint=OuterRef("pk"))
    for checkpoint in Checkpoint.objects.filter(~Exists(wanted), ~Exists(pointed), run_id=run_id, kinds=[]):
        checkpoint.delete()
        delete_folder(checkpoint.storage_key)


def nudge_on_commit(run_id: UUID, last_seq: int) -> None:
    transaction.on_commit(lambda: nudge_run(run_id, last_seq))


def _append(claim: Claim, events: Sequence[Event], changes: dict) -> bool:
    """True when written now, False when an earlier try that seemed to fail had written it."""
    rows = Run.objects.filter(id=claim.run_id, fence=claim.fence)
    last_seq = claim.last_seq + len(events)
    if not rows.filter(status=Run.Status.RUNNING, last_seq=claim.last_seq).update(last_seq=last_seq, **changes):
        if rows.filter(last_seq=last_seq).exists():
            return False
        raise LeaseLost
    write_chunk(claim.run_id, events, last_seq)
    nudge_on_commit(claim.run_id, last_seq)
    if time.monotonic() - claim.looked_at > LOOK_SECONDS:
        claim.requested = rows.values_list("requested", flat=True).get() or claim.requested
        claim.looked_at = time.monotonic()
    return True


def _drop_kinds(run_id: UUID, kinds: set[str]) -> None:
    for checkpoint in Checkpoint.objects.filter(run_id=run_id):
        kept = [kind for kind in checkpoint.kinds if kind not in kinds]
        if kept != checkpoint.kinds:
            Checkpoint.objects.filter(id=checkpoint.id).update(kinds=kept)


def _let_go_of_kept(run_id: UUID) -> None:
    """Of the checkpoints that are kept beside the last and the best, the oldest go that are too many."""
    config = Run.objects.values_list("config", flat=True).get(id=run_id)
    num_kept = parse_config(config).checkpoint.keep
    kept = [one for one in Checkpoint.objects.filter(run_id=run_id).order_by("-step", "-id") if "kept" in one.kinds]
    for one in kept[num_kept:]:
        Checkpoint.objects.filter(id=one.id).update(kinds=[kind for kind in one.kinds if kind != "kept"])


def _final_changes(status: str, error: dict | None) -> dict:
    return {
        "status": status,
        "requested": Run.Requested.NOTHING,
        "lease_until": None,
        "worker": None,
        "error": error,
        "finished_at": Now(),
    }
