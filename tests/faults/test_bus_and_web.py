"""The bus and the web process go away. Training does not notice; readers get everything, later at worst."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.faults.conftest import LEASE_SECONDS, SHORT_LEASE
from tests.faults.runs import FaultRun, Laboratory, assert_undisturbed, wait_until
from tests.product import ROOT, Product, running_product


def open_stream(run: FaultRun, after: int) -> ClientConnection:
    """The stream, once the web process takes it."""
    url = f"ws://localhost:{run.product.port}/ws/runs/{run.id}/?after={after}"
    headers = {"Authorization": run.product.api.headers["Authorization"]}

    def opened() -> ClientConnection | None:
        try:
            return connect(url, additional_headers=headers, open_timeout=10)
        except (OSError, TimeoutError, ConnectionClosed, EOFError):
            return None

    return wait_until(opened, "the websocket")


def read(stream: ClientConnection, events: list[dict], until) -> None:
    while not (events and until(events[-1])):
        events.append(json.loads(stream.recv(timeout=60)))


@pytest.mark.on_both_stores
def test_a_wiped_bus_loses_no_run_that_trains_and_none_that_waits(product, start_run, undisturbed):
    running, waiting = start_run(), start_run()
    running.wait_for_step(100)
    (bus,) = product.pids("valkey-server")
    os.kill(bus, signal.SIGKILL)
    for stored in (product.data_dir / "bus").iterdir():
        shutil.rmtree(stored) if stored.is_dir() else stored.unlink()
    for run in (running, waiting):
        run.wait_for("succeeded")
        assert_undisturbed(run, undisturbed)
        assert not [event for event in run.events() if event["type"] in ("rewind", "log")]


@pytest.mark.on_both_stores
def test_a_reader_that_comes_back_with_its_last_number_gets_the_whole_log_once(product, start_run):
    run, events = start_run(), []
    for num_events in (3, 9):
        with open_stream(run, after=events[-1]["seq"] if events else 0) as stream:
            read(stream, events, lambda event, n=num_events: event["seq"] >= n)
    with open_stream(run, after=events[-1]["seq"]) as stream:
        (web,) = product.pids("builder.processes.web")
        os.kill(web, signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            read(stream, events, lambda event: False)
    with open_stream(run, after=events[-1]["seq"]) as stream:
        read(stream, events, lambda event: event["type"] == "end")
    assert [event["seq"] for event in events] == list(range(1, events[-1]["seq"] + 1))
    assert events == run.events()


@pytest.mark.on_both_stores
def test_a_reader_that_does_not_read_holds_nobody_up(product, start_run, undisturbed):
    run = start_run()
    with open_stream(run, after=0) as idle, open_stream(run, after=0) as busy:
        events: list[dict] = []
        read(busy, events, lambda event: event["type"] == "end")
        late: list[dict] = []
        with contextlib.suppress(ConnectionClosed):  # who reads nothing for long is cut off, and comes back
            read(idle, late, lambda event: event["type"] == "end")
    if late[-1]["type"] != "end":
        with open_stream(run, after=late[-1]["seq"]) as again:
            read(again, late, lambda event: event["type"] == "end")
    assert late == events
    assert_undisturbed(run, undisturbed)


def test_nobody_reads_a_run_without_signing_in(product, undisturbed_run):
    with pytest.raises(Exception, match=r"40[13]"):
        connect(f"ws://localhost:{product.port}/ws/runs/{undisturbed_run.id}/", open_timeout=10)


@pytest.mark.on_both_stores
def test_reapers_that_wake_twice_let_nothing_train_twice(product, start_run, undisturbed):
    first, second = start_run(), start_run()
    reap = "from builder.runs.tasks import reap_runs\nfor _ in range(30): reap_runs()"

    def reaper() -> None:
        arguments = [sys.executable, "manage.py", "shell", "-c", reap]
        subprocess.run(arguments, cwd=ROOT, env=product.environment, check=True, capture_output=True)

    with ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(reaper), threads.submit(reaper)]:
            future.result()
    for run in (first, second):
        run.wait_for("succeeded")
        assert_undisturbed(run, undisturbed)
        statuses = [event for event in run.events() if event["type"] == "status" and "num_steps" not in event]
        assert [status["status"] for status in statuses] == ["queued", "running", "succeeded"]


@pytest.fixture
def own_product(own_database, tmp_path):
    with running_product(tmp_path, **own_database, **SHORT_LEASE) as running:
        yield running


@pytest.mark.on_both_stores
@pytest.mark.timeout(900)  # three products start, one after the other
def test_a_killed_supervisor_takes_all_with_it_and_the_next_one_goes_on(
    own_product: Product, own_database, undisturbed
):
    run = Laboratory(own_product).start()
    run.wait_for_checkpoint()
    family = own_product.processes()
    os.kill(own_product.process.pid, signal.SIGKILL)
    own_product.process.wait()
    _, alive = psutil.wait_procs(family[1:], timeout=30)
    assert not alive, [process.cmdline() for process in alive]
    time.sleep(LEASE_SECONDS)
    with running_product(own_product.data_dir, port=own_product.port, **own_database, **SHORT_LEASE):
        run.wait_for("succeeded")
        assert_undisturbed(run, undisturbed)
