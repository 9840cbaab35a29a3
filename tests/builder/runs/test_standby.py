"""Warm children, as real processes."""

import time

import psutil
import pytest

from builder.runs.worker.standby import Standby


@pytest.fixture
def make_standby():
    made = []

    def make(**environment: str) -> Standby:
        made.append(Standby(num_threads=1, environment=environment))
        return made[-1]

    yield make
    for standby in made:
        standby.end()


def children() -> set[int]:
    """The child processes that live."""
    return {process.pid for process in psutil.Process().children() if process.status() != psutil.STATUS_ZOMBIE}


@pytest.mark.timeout(120)
def test_a_child_is_ready_ahead_of_need_and_the_next_one_does_not_disturb_it(make_standby):
    standby = make_standby()
    while not standby.turn():  # as the holder of a run calls it: never waiting
        time.sleep(0.05)
    before = children()
    child = standby.take()
    try:
        assert child.pid in before
        assert not standby.turn()
        assert children() == before
        standby.hurry()
        standby.turn()
        assert len(children()) == len(before) + 1
    finally:
        status = child.end()
    assert not psutil.pid_exists(child.pid)
    assert child.end() == status, "to end it again changes nothing"


@pytest.mark.timeout(60)
def test_a_child_that_cannot_start_is_followed_later_and_later(make_standby, caplog):
    standby = make_standby(PYTHONHOME="/nowhere")
    until = time.monotonic() + 6
    while time.monotonic() < until:
        assert not standby.turn(wait_seconds=0.05)
    assert 1 <= caplog.text.count("before a run") <= 3


@pytest.mark.timeout(120)
def test_a_waiting_child_that_is_killed_is_replaced(make_standby):
    others = children()
    standby = make_standby()
    while not standby.turn(wait_seconds=0.5):
        pass
    (first,) = children() - others
    psutil.Process(first).kill()
    while not (children() - others - {first}):
        standby.turn(wait_seconds=0.1)
    assert not psutil.pid_exists(first)
