"""Runs over several machines: free slots come together for one, and nothing waits for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from builder.runs import queue, seats
from builder.runs.lease import Claim, claim_run, release_run
from builder.runs.log import all_events
from builder.runs.models import Run, Seat, Worker
from builder.runs.rendering import waiting_reason
from builder.runs.seats import SlotSeat, seat_end, seat_leave, seat_renew
from builder.runs.worker import companions
from builder.runs.worker.companions import CompanionLost, Companions

GIB = 1024**3
pytestmark = pytest.mark.django_db


@pytest.fixture
def new_slot():
    """The seat of the one slot of a train worker that others can reach."""

    def make(*, memory_bytes: int = 8 * GIB, host: str = "10.0.0.1") -> SlotSeat:
        now, kind = timezone.now(), {"kind": "cpu", "name": "cpu", "free_bytes": memory_bytes}
        devices = [{**kind, "total_bytes": memory_bytes, "empty_bytes": memory_bytes}]
        worker = Worker.objects.create(
            hostname="here", pid=1, device="", started_at=now, heartbeat_at=now, devices=devices, host=host
        )
        return SlotSeat(worker.id)

    return make


def look(slot: SlotSeat) -> Claim | None:
    """What a slot does when it is free."""
    return claim_run(worker_id=slot.worker_id, seat=slot)


def gather(first: SlotSeat, second: SlotSeat) -> tuple[Claim, Seat]:
    """The claim of a run by `second`, and the seat that `first` has in it."""
    assert look(first) is None
    claim = look(second)
    return claim, first.taken()


def wait_long(run: Run) -> None:
    long_ago = timezone.now() - timedelta(seconds=queue.PATIENCE_SECONDS + 1)
    Run.objects.filter(id=run.id).update(held_up_since=long_ago)


def test_a_run_over_two_machines_is_claimed_by_the_one_that_finds_the_other_free(make_run, new_slot):
    run, first, second = make_run(num_machines=2), new_slot(), new_slot()
    assert look(first) is None
    assert first.taken() is None
    run.refresh_from_db()
    assert (run.status, run.fence) == ("queued", 0), "one machine holds what it cannot start"
    claim = look(second)
    assert (claim.run_id, claim.machines) == (run.id, 2)
    seat = first.taken()
    assert (seat.fence, seat.rank, seat.state) == (claim.fence, 1, "taken")
    run.refresh_from_db()
    assert run.worker_id == second.worker_id
    assert look(first) is None
    assert seat_renew(seat)


def test_a_worker_that_others_cannot_reach_takes_no_part(make_run, new_slot):
    make_run(num_machines=2)
    alone = new_slot(host="")
    assert claim_run(worker_id=alone.worker_id) is None
    assert not Seat.objects.exists()


def test_a_slot_that_waits_for_others_trains_something_else_until_that_took_too_long(make_run, new_slot):
    large, first, _ = make_run(num_machines=2), new_slot(), new_slot()
    small, next_small = make_run(), make_run()
    assert look(first).run_id == small.id
    assert not Seat.objects.exists(), "it is busy, and offers itself all the same"
    large.refresh_from_db()
    assert large.held_up_since is not None
    wait_long(large)
    assert look(first) is None
    assert next_small.status == "queued"
    assert first.is_offered


def test_two_runs_that_wait_do_not_wait_for_each_other(make_run, new_slot):
    runs = [make_run(num_machines=2) for _ in range(2)]
    slots = [new_slot(), new_slot()]
    for run, slot in zip(runs, slots, strict=True):
        slot.offer(run.id)  # as if each had begun with another one
        wait_long(run)
    claims = [claim for slot in (*slots, *slots) if slot.taken() is None and (claim := look(slot))]
    assert len(claims) == 1
    assert sum(slot.taken() is not None for slot in slots) == 1


def test_a_run_for_which_there_are_too_few_workers_holds_nobody_up_and_says_so(make_run, new_slot):
    large, slot = make_run(num_machines=3, memory_bytes=4 * GIB), new_slot()
    new_slot()
    new_slot(memory_bytes=2 * GIB)
    small = make_run()
    wait_long(large)
    assert look(slot).run_id == small.id
    assert "3 train workers" in waiting_reason(large, "en")
    assert "2 of them are there" in waiting_reason(large, "en")


def test_a_run_that_gathers_says_how_many_are_free_for_it(make_run, new_slot):
    run, slot = make_run(num_machines=2), new_slot()
    new_slot()
    look(slot)
    assert "1 of them are free" in waiting_reason(run, "en")
    assert "目前有 1 个" in waiting_reason(run, "zh")


def test_an_offer_that_was_taken_is_kept_and_one_that_grew_old_is_not_taken(make_run, new_slot):
    run, first, second = make_run(num_machines=2), new_slot(), new_slot()
    look(first)
    Seat.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert look(second) is None, "it counts on a worker that has not been heard of"
    claim, seat = gather(second, first)
    assert claim.run_id == run.id
    make_run()
    assert look(second) is None, "it trains something else although another counts on it"
    assert not second.withdraw()
    assert second.taken() == seat


def test_two_slots_of_one_worker_are_one_machine(make_run, new_slot):
    make_run(num_machines=2)
    first = new_slot()
    new_slot()
    assert look(first) is None
    assert look(SlotSeat(first.worker_id)) is None


def test_an_abandoned_run_waits_for_all_its_machines_anew(make_run, new_slot, let_lapse):
    run, first, second = make_run(num_machines=2), new_slot(), new_slot()
    claim, seat = gather(first, second)
    let_lapse(run)
    third = new_slot()
    assert look(third) is None
    run.refresh_from_db()
    assert run.status == "queued"
    assert "run.taken_over" in [event.get("code") for event in all_events(run.id)]
    assert not seat_renew(seat), "the other machine keeps a slot for nobody"
    first.forget()
    again = look(first)
    assert again.fence > claim.fence
    assert third.taken().fence == again.fence


def test_a_seat_ends_with_the_claim_it_was_taken_for(make_run, new_slot):
    make_run(num_machines=2)
    claim, seat = gather(new_slot(), new_slot())
    release_run(claim, [], counted=True)
    assert not seat_renew(seat)


def test_the_one_that_leads_hears_of_a_failure_elsewhere_and_of_a_wish_to_leave(make_run, new_slot, monkeypatch):
    monkeypatch.setattr(companions, "LOOK_SECONDS", 0.0)
    make_run(num_machines=2)
    claim, seat = gather(new_slot(), new_slot())
    others = Companions(claim)
    others.call(29500)
    seat.refresh_from_db()
    assert seat.address.endswith(":29500")
    seat_leave(seat)
    others.look()
    assert others.want_to_leave
    error = {"code": "training.out_of_memory", "fields": {}}
    seat_end(seat, state=Seat.State.ENDED, error=error)
    with pytest.raises(CompanionLost) as lost:
        others.look()
    assert lost.value.error == error
    assert others.last_words()["error"] == error


def test_a_machine_that_is_silent_for_a_lease_is_lost_and_one_that_ended_well_is_not(make_run, new_slot, monkeypatch):
    now = 100.0
    monkeypatch.setattr(seats.time, "monotonic", lambda: now)
    make_run(num_machines=2)
    claim, seat = gather(new_slot(), new_slot())
    others = Companions(claim)
    Seat.objects.update(until=timezone.now() - timedelta(seconds=1))
    others.look()
    now += 20.0
    with pytest.raises(CompanionLost):
        others.look()
    seat_end(seat, state=Seat.State.ENDED)
    now += 20.0
    others.look()
    now += 20.0
    others.look()


def test_that_the_leading_machine_was_not_reached_is_no_failure_when_it_was_gone(make_run, new_slot, monkeypatch):
    monkeypatch.setattr(companions, "LAST_WORDS_SECONDS", 0.0)
    make_run(num_machines=2)
    claim, seat = gather(new_slot(), new_slot())
    error = {"code": "training.unreachable", "fields": {}}
    seat_end(seat, state=Seat.State.ENDED, error=error)
    assert Companions(claim).last_words() is None
    with pytest.raises(CompanionLost) as lost:
        Companions(claim).look()
    assert lost.value.error == error


def test_a_run_on_one_machine_has_no_companions(django_assert_num_queries):
    alone = Companions(Claim(run_id=None, fence=1, last_seq=0))
    with django_assert_num_queries(0):
        alone.look()
        assert alone.last_words() is None
