"""Whose turn it is: priority, then the person with the fewest running, then who waited longest, then age.

A run that a slot has no room for is held up, and others pass it. When that has gone on for long, it is first: a slot
that would have room for it if nothing else trained there takes nothing else.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Avg, Count, Max, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from builder.runs.models import Run, Worker
from builder.runs.room import Room, needed_bytes
from builder.runs.timing import time_left_seconds

NEVER = datetime.min.replace(tzinfo=UTC)
MAX_WAITING = 2000
NUM_RECENT = 50
ALIVE_SECONDS = 30
PATIENCE_SECONDS = 600
ANY_WORKER = Q()
ON_ONE_MACHINE = Q(num_machines=1)


def expired() -> Q:
    return Q(status=Run.Status.RUNNING, lease_until__lt=Now())


def eligible() -> Q:
    return Q(status=Run.Status.QUEUED) | expired()


@dataclass(order=True, slots=True)
class Turn:
    """A person who waits; the smallest is next."""

    minus_priority: int
    num_running: int
    last_start: datetime
    oldest: datetime
    owner_id: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a queued run, from 1, and in how many seconds it should start, where that can be said."""

    position: int
    num_waiting: int
    expected_seconds: float | None


def overdue() -> Q:
    return Q(held_up_since__lt=Now() - timedelta(seconds=PATIENCE_SECONDS))


def next_run_id(room: Room | None = None, empty: Room | None = None, among: Q = ON_ONE_MACHINE) -> UUID | None:
    """The run to be claimed next: queued, or running with its lease run out. None where there is none.

    With `room` one that fits into it; `empty` is the room that there is when nothing trains there.
    """
    waiting = eligible() & among
    if room is None or empty is None:
        return _first_id(waiting)
    if (first := _first_id(waiting & empty.fits() & overdue())) is not None:
        return first if _fits(first, room) else None
    first = _first_id(waiting & empty.fits())
    if first is None or _fits(first, room):
        return first
    hold_up(first)
    return _first_id(waiting & room.fits())


def hold_up(run_id: UUID) -> None:
    """Note that others may pass it from now on, for a while."""
    Run.objects.filter(id=run_id, held_up_since=None).update(held_up_since=Now())


def gatherable() -> Q:
    """Besides those on one machine, the runs over several for which there are enough workers, busy or not."""
    waiting = Run.objects.filter(eligible(), num_machines__gt=1).defer("bound_graph")[:MAX_WAITING]
    return ON_ONE_MACHINE | Q(id__in=[run.id for run in waiting if num_suited(run) >= run.num_machines])


def num_suited(run: Run) -> int:
    """How many workers could share this run, if nothing else trained there."""
    devices = devices_for(run.config["device"], ~Q(host=""))
    needs = [
        (needed_bytes(run, device["kind"]), device.get("empty_bytes", device["total_bytes"])) for device in devices
    ]
    return sum(needed is None or needed <= has for needed, has in needs)


def _fits(run_id: UUID, room: Room) -> bool:
    return Run.objects.filter(room.fits(), id=run_id).exists()


def shortage(run: Run) -> tuple[int, int] | None:
    """What a queued run needs, and the most that a worker has free for it, where that is less.

    None where it is not, or nobody knows. The workers' own words, a few seconds old.
    """
    offers = [(needed_bytes(run, device["kind"]), device["free_bytes"]) for device in devices_for(run.config["device"])]
    if not offers or any(needed is None or needed <= free for needed, free in offers):
        return None
    return max(offers, key=lambda offer: offer[1])


def devices_for(wanted: str, of: Q = ANY_WORKER) -> list[dict]:
    """For each train worker the device a run with this setting goes to, the one with the least room first.

    A GPU where one is there and was not ruled out, the emptiest of several; else the machine's memory.
    """
    alive = Worker.objects.filter(heartbeat_at__gte=timezone.now() - timedelta(seconds=ALIVE_SECONDS))
    found = []
    for hostname, devices in alive.filter(of).values_list("hostname", "devices"):
        gpus = [device for device in devices if device["kind"] == "cuda" and wanted != "cpu"]
        suited = gpus or [device for device in devices if device["kind"] == "cpu"]
        if suited:
            found.append({**max(suited, key=lambda device: device["free_bytes"]), "worker": hostname})
    return sorted(found, key=lambda device: device["free_bytes"])


def most_processes(wanted: str) -> int | None:
    """Of how many processes a run with this setting can be, on the worker that has most room; None where none is known.

    A slot has its share of the GPUs. On the CPU a process takes a core; of those a worker tells what a slot has whole.
    """
    alive = Worker.objects.filter(heartbeat_at__gte=timezone.now() - timedelta(seconds=ALIVE_SECONDS))
    found = []
    for devices, num_slots, num_threads in alive.values_list("devices", "num_slots", "num_threads"):
        num_gpus = sum(device["kind"] == "cuda" and wanted != "cpu" for device in devices)
        found.append(-(-num_gpus // num_slots) or (num_threads + 1) * num_slots - 1)
    return max(found, default=None)


def find_place(run: Run) -> Place | None:
    """Where a queued run stands, if everything goes on as it is. None for one that does not wait."""
    if run.status != Run.Status.QUEUED:
        return None
    waiting = list(
        Run.objects.filter(eligible())
        .order_by("id")
        .values_list("id", "owner_id", "priority", "created_at")[:MAX_WAITING]
    )
    order = list(_simulate(waiting))
    if run.id not in order:
        return None
    position = order.index(run.id) + 1
    expected = _expected_seconds(position) if run.num_machines == 1 else None
    return Place(position, len(order), expected)


def _first_id(condition: Q) -> UUID | None:
    """Of the runs that meet the condition, the one whose turn it is."""
    limit = settings.TRAIN_RUNS_PER_PERSON
    turns = [turn for turn in _turns(condition) if not limit or turn.num_running < limit]
    if not turns:
        return None
    runs = Run.objects.filter(condition, owner_id=min(turns).owner_id)
    return runs.order_by("-priority", "created_at", "id").values_list("id", flat=True).first()


def _turns(condition: Q) -> list[Turn]:
    people = Run.objects.filter(condition).order_by().values("owner_id")
    waiting = list(people.annotate(oldest=Min("created_at"), priority=Max("priority")))
    running, last = _at_work(entry["owner_id"] for entry in waiting)
    return [
        Turn(-one["priority"], running[one["owner_id"]], last[one["owner_id"]], one["oldest"], one["owner_id"])
        for one in waiting
    ]


def _at_work(owners: Iterable[int]) -> tuple[Counter[int], dict[int, datetime]]:
    """Of each person, how many runs are held now, and when one was last started."""
    runs = Run.objects.filter(owner_id__in=list(owners)).order_by().values("owner_id")
    held = Q(status=Run.Status.RUNNING, lease_until__gte=Now())
    found = list(runs.annotate(running=Count("id", filter=held), last=Max("started_at")))
    last = {entry["owner_id"]: entry["last"] or NEVER for entry in found}
    return Counter({entry["owner_id"]: entry["running"] for entry in found}), last


def _simulate(waiting: list[tuple[UUID, int, int, datetime]]) -> Iterator[UUID]:
    """The waiting runs in the order in which they would start."""
    running, last = _at_work({owner for _, owner, _, _ in waiting})
    lines: dict[int, list[tuple[int, datetime, UUID]]] = {}
    for run_id, owner, priority, created_at in waiting:
        lines.setdefault(owner, []).append((-priority, created_at, run_id))
    ahead = []
    for owner, line in lines.items():
        heapq.heapify(line)
        ahead.append(Turn(line[0][0], running[owner], last[owner], line[0][1], owner))
    heapq.heapify(ahead)
    now = timezone.now()
    while ahead:
        turn = heapq.heappop(ahead)
        line = lines[turn.owner_id]
        yield heapq.heappop(line)[2]
        if line:
            heapq.heappush(ahead, Turn(line[0][0], turn.num_running + 1, now, line[0][1], turn.owner_id))


def _expected_seconds(position: int) -> float | None:
    """When the `position`-th that waits starts: the slots' present runs end first, then runs of the usual length."""
    alive = Worker.objects.filter(heartbeat_at__gte=timezone.now() - timedelta(seconds=ALIVE_SECONDS))
    num_slots = sum(alive.values_list("num_slots", flat=True))
    recent = Run.objects.filter(status=Run.Status.SUCCEEDED).values_list("id", flat=True)[:NUM_RECENT]
    usual = Run.objects.filter(id__in=list(recent)).aggregate(seconds=Avg("active_seconds"))["seconds"]
    held = Run.objects.filter(status=Run.Status.RUNNING, lease_until__gte=Now()).defer("bound_graph")
    if not num_slots or (usual is None and (position > 1 or held)):
        return None
    left = [time_left_seconds(run) for run in held]
    free_in = [usual or 0.0 if seconds is None else seconds for seconds in left][:num_slots]
    free_in += [0.0] * (num_slots - len(free_in))
    heapq.heapify(free_in)
    for _ in range(position - 1):
        heapq.heappush(free_in, heapq.heappop(free_in) + (usual or 0.0))
    return round(free_in[0], 1)
