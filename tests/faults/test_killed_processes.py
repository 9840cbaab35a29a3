"""Processes that die or freeze in the middle of a run. The run goes on, and nobody can tell from what it leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psutil
import pytest

from tests.faults.runs import FaultRun, assert_undisturbed, wait_until
from tests.product import ROOT, Product

pytestmark = pytest.mark.on_both_stores


def training_child(product: Product) -> int:
    """The child that trains, known by its use of the processor: the standby only waits."""
    children = [psutil.Process(pid) for pid in product.pids("trainer.child")]
    for child in children:
        child.cpu_percent()
    wait_until(lambda: True, "a moment")
    times = {child.pid: child.cpu_times().user for child in children}
    return wait_until(
        lambda: next((c.pid for c in children if c.cpu_times().user - times[c.pid] > 0.15), None), "a child that trains"
    )


def freeze(product: Product, store: str, pid: int) -> None:
    """Freeze a process: with SQLite while it does not write, for the one lock would stay with it for good.

    PostgreSQL ends a transaction whose other side is silent, so that there it may be any moment.
    """
    if store == "postgres":
        os.kill(pid, signal.SIGSTOP)
        return
    with closing(sqlite3.connect(product.data_dir / "db.sqlite3", timeout=0, isolation_level=None)) as database:
        while True:
            os.kill(pid, signal.SIGSTOP)
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                os.kill(pid, signal.SIGCONT)
                time.sleep(0.01)
            else:
                database.execute("ROLLBACK")
                return


@contextmanager
def another_worker(product: Product) -> Iterator[psutil.Process]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "train_worker"],
        cwd=ROOT,
        env=product.environment,
        stdout=(product.data_dir / "log" / "another_worker.log").open("ab"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_a_killed_training_child_is_followed_by_one_that_ends_the_run_alike(product, start_run, undisturbed):
    run = start_run()
    run.wait_for_checkpoint()
    os.kill(training_child(product), signal.SIGKILL)
    run.wait_for("succeeded")
    assert_undisturbed(run, undisturbed)
    assert "run.child_died" in [event.get("code") for event in run.events()]


def test_a_killed_train_worker_leaves_a_run_that_the_next_one_ends_alike(product, start_run, undisturbed):
    run = start_run()
    run.wait_for_checkpoint()
    children = product.pids("trainer.child")
    (worker,) = product.pids("train_worker")
    os.kill(worker, signal.SIGKILL)
    product.wait_for_pids("train_worker", other_than=[worker])
    run.wait_for("succeeded")
    assert_undisturbed(run, undisturbed)
    assert "run.taken_over" in [event.get("code") for event in run.events()]
    assert not any(psutil.pid_exists(child) for child in children), "a child outlived its worker"


def test_a_worker_told_to_leave_hands_its_run_back_and_counts_no_attempt(product, start_run, undisturbed):
    run = start_run()
    run.wait_for_checkpoint()
    (worker,) = product.pids("train_worker")
    os.kill(worker, signal.SIGTERM)
    psutil.Process(worker).wait(10)
    assert run.get()["status"] == "queued"
    run.wait_for("succeeded")
    assert_undisturbed(run, undisturbed)
    types = [event["type"] for event in run.events()]
    assert "run.handed_back" in [event.get("code") for event in run.events()]
    assert "rewind" not in types, "the checkpoint of the hand-over was not used"


def test_a_worker_frozen_past_its_lease_is_replaced_and_writes_nothing_when_it_wakes(
    product, store, start_run, undisturbed
):
    run = start_run()
    run.wait_for_checkpoint()
    (frozen,) = product.pids("train_worker")
    child = training_child(product)
    freeze(product, store, frozen)
    try:
        with another_worker(product):
            wait_until(lambda: "run.taken_over" in [event.get("code") for event in run.events()], "another worker")
            os.kill(frozen, signal.SIGCONT)
            wait_until(lambda: not psutil.pid_exists(child), "the end of the frozen worker's child")
            run.wait_for("succeeded")
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert_undisturbed(run, undisturbed)
    assert [event.get("code") for event in run.events()].count("run.taken_over") == 1


def test_a_run_whose_process_dies_each_time_fails_and_the_next_one_trains(product, start_run, undisturbed):
    hopeless, next_one = start_run(slow=True), start_run()
    for attempt in (1, 2, 3):
        wait_until(lambda number=attempt: num_starts(hopeless) == number, "a start")
        os.kill(training_child(product), signal.SIGKILL)
    failed = hopeless.wait_for("failed")
    assert failed["error"]["code"] == "run.exhausted"
    assert "memory" in failed["error"]["message"]
    assert num_starts(hopeless) == 3
    next_one.wait_for("succeeded")
    assert_undisturbed(next_one, undisturbed)


def num_starts(run: FaultRun) -> int:
    """How often a child has begun to train it."""
    return sum(event["type"] == "status" and "num_steps" in event for event in run.events())
