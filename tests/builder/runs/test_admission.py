"""Runs start where their estimated memory fits; else they wait, are passed, and are not starved."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from builder.runs import queue
from builder.runs.lease import claim_run
from builder.runs.models import Run, Worker
from builder.runs.room import Room
from builder.runs.worker import rooms
from builder.runs.worker.devices import Device
from builder.runs.worker.pool import SlotPool
from builder.runs.worker.rooms import Rooms

GIB = 1024**3


def heard_of(*found: Device) -> Worker:
    now = timezone.now()
    return Worker.objects.create(hostname="here", pid=1, device="", started_at=now, heartbeat_at=now, devices=found)


def device(kind: str, free: int, total: int = 8 * GIB) -> Device:
    return {"kind": kind, "name": kind, "total_bytes": total, "free_bytes": free}


@pytest.fixture
def machine(monkeypatch) -> Callable[[int], None]:
    """`machine(free)`: what this machine has free from now on."""

    def has(free: int) -> None:
        monkeypatch.setattr(rooms, "measure_cpu", lambda: device("cpu", free))
        monkeypatch.setattr(rooms, "measure_devices", lambda gpus: [device("cpu", free)])

    has(8 * GIB)
    return has


def claimed_id(where: Rooms, gpu: str | None = None):
    claim = where.claim(worker_id=Worker.objects.get().id, gpu=gpu)
    return claim and claim.run_id


def test_two_slots_do_not_count_on_the_same_memory(make_run, machine):
    heard_of()
    first, second = make_run(memory_bytes=5 * GIB), make_run(memory_bytes=5 * GIB)
    here = Rooms([])
    claim = here.claim(worker_id=Worker.objects.get().id, gpu=None)
    assert claim.run_id == first.id
    assert claimed_id(here) is None  # the first may take its 5 GiB at any moment
    assert here.measure()[0]["free_bytes"] == 3 * GIB
    here.leave(claim.run_id)
    assert claimed_id(here) == second.id


def test_a_run_is_held_up_while_other_programs_have_the_memory(make_run, machine):
    heard_of()
    run = make_run(memory_bytes=5 * GIB)
    machine(4 * GIB)
    here = Rooms([])
    assert claimed_id(here) is None
    machine(6 * GIB)
    assert claimed_id(here) == run.id


def test_one_whose_memory_could_not_be_told_starts_where_a_slot_is_free(make_run, machine):
    heard_of()
    run = make_run()
    machine(0)
    assert claimed_id(Rooms([])) == run.id


def test_those_that_fit_pass_one_that_does_not_until_it_has_waited_for_long(make_run):
    large, small, next_small = (make_run(memory_bytes=size * GIB) for size in (6, 1, 1))
    room, empty = Room(2 * GIB), Room(8 * GIB)
    assert claim_run(room=room, empty=empty).run_id == small.id
    large.refresh_from_db()
    assert large.held_up_since is not None
    long_ago = timezone.now() - timedelta(seconds=queue.PATIENCE_SECONDS + 1)
    Run.objects.filter(id=large.id).update(held_up_since=long_ago)
    assert claim_run(room=room, empty=empty) is None, "a small one took what the large one waits for"
    assert claim_run(room=empty, empty=empty).run_id == large.id
    large.refresh_from_db()
    assert large.held_up_since is None
    assert claim_run(room=room, empty=empty).run_id == next_small.id


def test_one_that_would_not_fit_into_an_empty_machine_holds_nobody_up(make_run):
    large, small = make_run(memory_bytes=6 * GIB), make_run(memory_bytes=GIB)
    long_ago = timezone.now() - timedelta(seconds=queue.PATIENCE_SECONDS + 1)
    Run.objects.filter(id=large.id).update(held_up_since=long_ago)
    assert claim_run(room=Room(2 * GIB), empty=Room(4 * GIB)).run_id == small.id


def test_what_goes_to_a_gpu_needs_room_there_and_what_does_not_needs_it_in_the_machine(make_run):
    on_gpu = make_run(memory_bytes=9 * GIB, gpu_memory_bytes=2 * GIB)
    on_cpu = make_run(memory_bytes=3 * GIB)
    small_gpu, large_gpu = Room(4 * GIB, gpu_bytes=GIB), Room(GIB, gpu_bytes=4 * GIB)
    assert claim_run(room=small_gpu, empty=small_gpu).run_id == on_cpu.id
    assert claim_run(room=large_gpu, empty=large_gpu).run_id == on_gpu.id


@pytest.mark.django_db
def test_each_slot_has_a_device_of_its_own_and_its_share_of_the_cores(monkeypatch, settings):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    monkeypatch.setattr("builder.runs.worker.pool.num_cores", lambda: 8)
    pool = SlotPool()
    assert [slot.gpus for slot in pool.slots] == [("GPU-a",), ("GPU-b",)]
    assert pool.num_threads == 4
    settings.TRAIN_SLOTS = 4
    pool = SlotPool()
    assert [slot.gpus for slot in pool.slots] == 2 * [("GPU-a",), ("GPU-b",)]
    assert pool.num_threads == 2


def test_a_run_that_waits_for_memory_says_why_and_what_would_start(api: APIClient, make_run):
    heard_of(device("cpu", 2 * GIB))
    run = make_run(memory_bytes=5 * GIB)

    def asked(language: str) -> dict:
        return api.get(f"/api/v1/runs/{run.id}/", headers={"Accept-Language": language}).json()["queue"]

    english = asked("en")["reason"]
    assert "5.0 GiB" in english
    assert "2.0 GiB free" in english
    assert "5.0 GiB" in asked("zh-hans")["reason"]
    assert asked("zh-hans")["reason"] != english
    Run.objects.filter(id=run.id).update(memory_bytes=GIB)
    assert asked("en")["reason"] is None
