import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from builder.runs.lease import (
    MAX_ATTEMPTS,
    Claim,
    LeaseLost,
    append_events,
    claim_run,
    finish_run,
    pause_held,
    record_checkpoint,
    release_run,
    renew_lease,
)
from builder.runs.log import all_events, make_event
from builder.runs.models import Checkpoint, MetricChunk, Run


def point(step: int, *losses: float) -> dict:
    return make_event("point", step=step, values={"train/loss": list(losses)})


def checkpoint_of(claim: Claim, step: int, *kinds: str) -> Checkpoint:
    return Checkpoint(
        run_id=claim.run_id,
        fence=claim.fence,
        step=step,
        epoch=1,
        kinds=list(kinds),
        storage_key=f"runs/{claim.run_id}/{claim.fence}/step-{step}",
        size_bytes=1,
    )


def kinds_by_step(run: Run) -> dict[int, list[str]]:
    return {checkpoint.step: checkpoint.kinds for checkpoint in run.checkpoints.all()}


def test_the_oldest_queued_run_is_claimed_and_started(make_run):
    first, second = make_run(), make_run()
    claim = claim_run()
    assert claim.run_id == first.id
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.fence, first.attempts, second.status) == ("running", 1, 1, "queued")
    assert first.started_at is not None
    assert first.lease_until > first.started_at


def test_nothing_is_claimed_where_nothing_waits(make_run):
    for status in ("paused", "succeeded", "failed", "cancelled"):
        make_run(status=status)
    assert claim_run() is None


def test_a_held_run_is_claimed_only_once_its_lease_has_run_out(make_run, let_lapse):
    run = make_run()
    first = claim_run()
    assert claim_run() is None
    let_lapse(run)
    second = claim_run()
    assert (second.run_id, second.fence) == (run.id, first.fence + 1)
    assert "run.taken_over" in [event.get("code") for event in all_events(run.id)]


def test_a_holder_that_was_replaced_writes_nothing(make_run, let_lapse):
    run = make_run()
    old = claim_run()
    append_events(old, [point(1, 0.5)])
    let_lapse(run)
    claim_run()
    before = list(all_events(run.id)), Run.objects.filter(id=run.id).values().get()
    for write in (
        lambda: renew_lease(old),
        lambda: append_events(old, [point(2, 0.4)]),
        lambda: record_checkpoint(old, [make_event("checkpoint")], checkpoint_of(old, 2, "last")),
        lambda: release_run(old, [], counted=True),
        lambda: pause_held(old, []),
        lambda: finish_run(old, [], status=Run.Status.SUCCEEDED),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert (list(all_events(run.id)), Run.objects.filter(id=run.id).values().get()) == before
    assert not Checkpoint.objects.exists()


def test_a_renewal_reads_what_the_person_asked_for(make_run):
    run = make_run()
    claim = claim_run()
    renew_lease(claim)
    assert claim.requested == ""
    Run.objects.filter(id=run.id).update(requested="pause")
    renew_lease(claim)
    assert claim.requested == "pause"


def test_events_are_numbered_without_gaps_over_chunks_and_claims(make_run, let_lapse):
    run = make_run()
    claim = claim_run()
    append_events(claim, [point(1, 0.5), point(2, 0.4)])
    append_events(claim, [point(3, 0.3)])
    let_lapse(run)
    append_events(claim_run(), [point(1, 0.5)])
    events = list(all_events(run.id))
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    run.refresh_from_db()
    assert run.last_seq == len(events)


def test_a_write_repeated_after_a_lost_answer_is_not_doubled(make_run):
    run = make_run()
    claim = claim_run()
    not_told = Claim(claim.run_id, claim.fence, claim.last_seq)
    append_events(claim, [point(1, 0.5)])
    append_events(not_told, [point(1, 0.5)])
    assert [event["step"] for event in all_events(run.id) if event["type"] == "point"] == [1]
    assert not_told.last_seq == claim.last_seq


def test_a_new_claim_takes_the_curve_back_to_the_last_checkpoint(make_run, let_lapse):
    run = make_run()
    claim = claim_run()
    append_events(claim, [point(1, 0.5, 0.4)], step=2)
    record_checkpoint(claim, [make_event("checkpoint")], checkpoint_of(claim, 2, "last", "best"), epoch=1)
    append_events(claim, [point(3, 0.3)], step=3, epoch=2)
    let_lapse(run)
    claim_run()
    rewinds = [event["step"] for event in all_events(run.id) if event["type"] == "rewind"]
    run.refresh_from_db()
    assert (rewinds, run.step, run.epoch) == ([2], 2, 1)


def test_a_claim_right_at_the_checkpoint_rewinds_nothing(make_run, let_lapse):
    run = make_run()
    claim = claim_run()
    record_checkpoint(claim, [point(1, 0.5)], checkpoint_of(claim, 1, "last"), step=1)
    let_lapse(run)
    claim_run()
    assert "rewind" not in [event["type"] for event in all_events(run.id)]


def test_a_run_that_gets_nowhere_fails_after_its_attempts_and_others_go_on(make_run, let_lapse):
    bad, good = make_run(), make_run()
    for _ in range(MAX_ATTEMPTS):
        assert claim_run().run_id == bad.id
        let_lapse(bad)
    assert claim_run().run_id == good.id
    bad.refresh_from_db()
    assert (bad.status, bad.error["code"]) == ("failed", "run.exhausted")
    assert [event["type"] for event in all_events(bad.id)][-2:] == ["status", "end"]


def test_a_newer_checkpoint_gives_the_attempts_back(make_run, let_lapse):
    run = make_run()
    for step in range(1, MAX_ATTEMPTS + 3):
        claim = claim_run()
        record_checkpoint(claim, [point(step, 0.5)], checkpoint_of(claim, step, "last"), step=step)
        let_lapse(run)
    assert claim_run().run_id == run.id


def test_handing_back_counts_no_attempt_and_a_dead_child_counts_one(make_run):
    run = make_run()
    release_run(claim_run(), [], counted=False)
    run.refresh_from_db()
    assert (run.status, run.attempts, run.lease_until) == ("queued", 0, None)
    release_run(claim_run(), [], counted=True)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("queued", 1)


def test_only_a_last_checkpoint_is_where_a_resume_starts(make_run):
    run = make_run()
    claim = claim_run()
    record_checkpoint(claim, [make_event("checkpoint")], checkpoint_of(claim, 4, "last", "best"))
    record_checkpoint(claim, [make_event("checkpoint")], checkpoint_of(claim, 8, "last"))
    record_checkpoint(claim, [make_event("checkpoint")], checkpoint_of(claim, 6, "best"))
    run.refresh_from_db()
    assert run.checkpoint.step == 8
    assert kinds_by_step(run) == {4: [], 6: ["best"], 8: ["last"]}


def test_a_finished_run_is_written_to_no_more(make_run):
    run = make_run()
    claim = claim_run()
    finish_run(claim, [point(1, 0.5)], status=Run.Status.SUCCEEDED, test={"loss": 0.5})
    run.refresh_from_db()
    assert (run.status, run.lease_until, run.worker_id) == ("succeeded", None, None)
    assert run.finished_at is not None
    with pytest.raises(LeaseLost):
        append_events(claim, [point(2, 0.4)])


def test_numbers_that_are_not_finite_and_nul_are_stored_as_json_takes_them(make_run):
    run = make_run()
    append_events(claim_run(), [point(1, float("nan"), float("inf")), make_event("log", message="a\x00b")])
    *_, first, second = all_events(run.id)
    assert first["values"] == {"train/loss": [None, None]}
    assert second["message"] == "ab"


@pytest.mark.timeout(40)
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_each_run_gets_one(make_run):
    runs = {make_run().id for _ in range(6)}
    barrier = threading.Barrier(8)

    def claim() -> Claim | None:
        try:
            barrier.wait()
            return claim_run()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        claims = [future.result() for future in [threads.submit(claim) for _ in range(8)]]
    taken = [claim.run_id for claim in claims if claim is not None]
    assert len(taken) == len(set(taken)) == len(runs)
    assert set(Run.objects.values_list("fence", flat=True)) == {1}


@pytest.mark.timeout(40)
@pytest.mark.django_db(transaction=True)
def test_a_writer_and_the_one_that_replaces_it_never_share_a_number(make_run, let_lapse):
    run = make_run()
    old = claim_run()
    go = threading.Event()

    def write_until_lost() -> int:
        written = 0
        try:
            go.wait()
            while True:
                append_events(old, [point(written + 1, 0.5)], step=written + 1)
                written += 1
        except LeaseLost:
            return written
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        writer = thread.submit(write_until_lost)
        go.set()
        while MetricChunk.objects.filter(run=run).count() < 5:
            pass
        with transaction.atomic():
            let_lapse(run)
        new = claim_run()
        append_events(new, [point(1, 0.5)])
        written = writer.result(timeout=30)
    events = list(all_events(run.id))
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert sum(event["type"] == "point" for event in events) == written + 1
    rewind = next(index for index, event in enumerate(events) if event["type"] == "rewind")
    assert [event["type"] for event in events[rewind:]] == ["rewind", "point"]


def test_kept_checkpoints_go_when_there_are_too_many(make_run):
    run = make_run(config={"checkpoint": {"keep": 2}})
    claim = claim_run()
    for step in (2, 4, 6):
        record_checkpoint(claim, [make_event("checkpoint")], checkpoint_of(claim, step, "last", "kept"))
    record_checkpoint(claim, [make_event("checkpoint")], checkpoint_of(claim, 7, "last"))
    assert kinds_by_step(run) == {2: [], 4: ["kept"], 6: ["kept"], 7: ["last"]}
