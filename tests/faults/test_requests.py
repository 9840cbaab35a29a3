"""What a person asks of a run while it trains, and what ends it by itself."""

import time

import pytest

from tests.faults.runs import assert_undisturbed, wait_until


@pytest.mark.on_both_stores
def test_a_paused_run_frees_the_slot_and_ends_alike_when_it_is_resumed(start_run, undisturbed):
    run = start_run()
    run.wait_for_step(200)
    run.act("pause")
    paused = run.wait_for("paused")
    assert 0 < paused["step"] < paused["num_steps"]
    assert paused["worker"] is None
    other = start_run()
    other.wait_for("succeeded")
    run.act("resume")
    run.wait_for("succeeded")
    assert_undisturbed(run, undisturbed)
    assert_undisturbed(other, undisturbed)
    assert "rewind" not in [event["type"] for event in run.events()]


@pytest.mark.on_both_stores
def test_a_cancelled_run_ends_within_its_grace_and_once(start_run):
    run = start_run(epochs=1000)
    run.wait_for_step(50)
    asked_at = time.monotonic()
    run.act("cancel")
    run.wait_for("cancelled", seconds=30)
    assert time.monotonic() - asked_at < 15
    ends = [event for event in run.events() if event["type"] == "end"]
    assert [end["status"] for end in ends] == ["cancelled"]
    assert run.product.api.post(f"runs/{run.id}/cancel/").status_code == 409


@pytest.mark.on_both_stores
def test_a_loss_that_is_no_number_fails_at_once_and_says_where_and_why(start_run):
    run = start_run(optimizer={"type": "SGD", "params": {"lr": 1000}})
    failed = run.wait_for("failed")
    assert failed["error"]["code"].startswith("training.loss_not_finite")
    last = [event for event in run.events() if event["type"] == "point"][-1]
    bad = next(i for i, loss in enumerate(last["values"]["train/loss"]) if loss is None) + last["step"]
    assert f"step {bad}" in failed["error"]["message"]
    assert [event["status"] for event in run.events() if event["type"] == "status"].count("running") == 2


def test_a_run_continued_from_another_starts_with_its_weights_and_names_it(laboratory, start_run, undisturbed_run):
    api = laboratory.product.api
    optimizer = {"type": "SGD", "params": {"lr": 1e-9}}
    body = {"config": {"epochs": 1, "optimizer": optimizer, "schedule": None}, "carry": "weights"}
    fork = api.post(f"runs/{undisturbed_run.id}/fork/", json=body).raise_for_status().json()
    parent = undisturbed_run.get()
    assert fork["parent"]["id"] == parent["id"]
    assert fork["parent_step"] == parent["best"]["step"]
    assert fork["config"]["batch_size"] == parent["config"]["batch_size"]

    def ended() -> dict | None:
        run = api.get(f"runs/{fork['id']}/").json()
        return run if run["status"] not in ("queued", "running") else None

    done = wait_until(ended, "the continued run")
    assert done["status"] == "succeeded", done["error"]
    assert abs(done["test"]["accuracy"] - parent["test"]["accuracy"]) < 0.02
