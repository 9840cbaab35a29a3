"""Runs that two processes share, and train workers that share the queue: what dies is made up for, nothing twice."""

import os
import signal

import psutil
import pytest

from tests.faults.runs import FaultRun, Reference, assert_undisturbed, wait_until
from tests.faults.test_killed_processes import another_worker
from tests.product import Product

SHARED = {"parallel": {"processes": 2}, "batch_size": 8, "epochs": 8, "checkpoint": {"every_steps": 200}}
pytestmark = pytest.mark.timeout(900)  # each start of two processes imports torch twice


def sharing_processes(product: Product) -> list[int]:
    """Those that train the run that several share: what torch's launcher started in the child."""
    children = [psutil.Process(pid) for pid in product.pids("trainer.child")]
    below = [process for child in children for process in child.children()]
    return [process.pid for process in below if "spawn_main" in " ".join(process.cmdline())]


def test_a_run_of_two_processes_is_paused_and_loses_one_and_ends_alike(product, start_run):
    undisturbed = start_run(**SHARED)
    undisturbed.wait_for("succeeded")
    assert undisturbed.get()["processes"] == 2

    run = start_run(**SHARED)
    run.wait_for_step(200)
    run.act("pause")
    paused = run.wait_for("paused")
    assert 0 < paused["step"] < paused["num_steps"]
    wait_until(lambda: not sharing_processes(product), "the end of the paused run's processes")
    run.act("resume")
    run.wait_for_checkpoint(after=paused["step"])
    os.kill(sharing_processes(product)[1], signal.SIGKILL)
    run.wait_for("succeeded")
    assert "run.child_died" in [event.get("code") for event in run.events()]
    assert run.get()["exact"] is True
    assert_undisturbed(run, Reference.of(undisturbed))


def test_a_cancelled_run_of_two_processes_leaves_none_of_them(product, start_run):
    run = start_run(**{**SHARED, "epochs": 1000})
    run.wait_for_step(50)
    assert len(sharing_processes(product)) == 2
    run.act("cancel")
    run.wait_for("cancelled", seconds=60)
    wait_until(lambda: not sharing_processes(product), "the end of the cancelled run's processes")


def test_two_train_workers_share_the_queue_and_one_takes_over_what_the_other_left(product, start_run):
    with another_worker(product) as second:
        runs = [start_run(epochs=15) for _ in range(4)]
        wait_until(lambda: len(stored(runs)) == 2, "a stored run on each worker")
        held = stored(runs)
        second.kill()
        for run in runs:
            run.wait_for("succeeded")
    codes = [[event.get("code") for event in run.events()] for run in runs]
    taken_over = [run for run, of_run in zip(runs, codes, strict=True) if "run.taken_over" in of_run]
    assert len(taken_over) == 1
    assert taken_over[0] in held
    for run in runs:
        losses, _ = run.course()
        assert len(losses) == run.get()["num_steps"]
        assert run.weights() == runs[0].weights()
        ends = [event for event in run.events() if event["type"] == "end"]
        assert [end["status"] for end in ends] == ["succeeded"]


def stored(runs: list[FaultRun]) -> list[FaultRun]:
    """Those that train and have something to go on from."""
    found = [run.get() for run in runs]
    return [run for run, now in zip(runs, found, strict=True) if now["status"] == "running" and now["checkpoints"]]
