"""`python -m trainer.child`: the protocol of the warm standby, on the real process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.training.jobs import digits_graph, write_job
from trainer.data.samples import build_sample

ROOT = Path(__file__).parents[2]


class Child:
    """A standby process and the two ends the worker holds: its input, and the pipe its events come by."""

    def __init__(self) -> None:
        read_end, write_end = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trainer.child"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[write_end],
            env=os.environ | {"LAYERLOOM_EVENT_FD": str(write_end)},
            start_new_session=True,
        )
        os.close(write_end)
        self.events_file = os.fdopen(read_end, encoding="utf-8")

    def send(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def next(self) -> dict[str, Any]:
        line = self.events_file.readline()
        assert line, "the child ended its events"
        event: dict[str, Any] = json.loads(line)
        return event

    def until(self, kind: str) -> list[dict[str, Any]]:
        events = [self.next()]
        while events[-1]["type"] != kind:
            events.append(self.next())
        return events

    def close(self) -> None:
        assert self.process.stdin is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.events_file.close()


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child()
    assert child.next()["type"] == "ready"
    yield child
    child.close()


@pytest.fixture(scope="module")
def make_job(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    dataset = tmp_path_factory.mktemp("data") / "digits"
    build_sample("digits", dataset, progress=lambda _: None, cache_dir=dataset.parent / "cache")

    def make(**config: Any) -> Path:
        return write_job(tmp_path_factory.mktemp("job") / "job", digits_graph(), dataset, config)

    return make


def test_warm_child_trains_one_job_and_ends(child: Child, make_job: Callable[..., Path]) -> None:
    job = make_job(epochs=2)
    pressed = time.monotonic()
    child.send(command="train", job_dir=str(job))
    until_point = child.until("point")
    to_first_point = time.monotonic() - pressed
    assert [event["type"] for event in until_point] == ["started", "point"]
    assert until_point[-1]["step"] == 1
    assert to_first_point < 5, "a cold process takes longer than that; a warm one a fraction of a second"
    rest = child.until("end")
    assert rest[-1]["status"] == "succeeded"
    stored = [event for event in rest if event["type"] == "checkpoint"]
    assert all((job / event["path"] / "weights.safetensors").exists() for event in stored)
    assert child.events_file.read() == ""
    assert child.process.wait(10) == 0


@pytest.mark.parametrize(
    ("command", "status"), [("pause", "paused"), ("cancel", "cancelled"), ("hand_back", "handed_back")]
)
def test_command_ends_the_run_between_two_steps(
    child: Child, make_job: Callable[..., Path], command: str, status: str
) -> None:
    child.send(command="train", job_dir=str(make_job(epochs=100_000)))
    child.until("epoch")
    asked = time.monotonic()
    child.send(command=command)
    rest = child.until("end")
    assert time.monotonic() - asked < 5
    assert rest[-1]["status"] == status
    assert child.process.wait(10) == 0


@pytest.mark.parametrize("busy", [False, True])
def test_child_ends_at_once_when_its_parent_is_gone(child: Child, make_job: Callable[..., Path], busy: bool) -> None:
    if busy:
        child.send(command="train", job_dir=str(make_job(epochs=100_000)))
        child.until("point")
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.process.wait(5) == 3


def test_reader_that_pauses_finds_every_step(child: Child, make_job: Callable[..., Path]) -> None:
    child.send(command="train", job_dir=str(make_job(epochs=150)))
    started = child.next()
    time.sleep(1.5)
    steps: list[int] = []
    for event in child.until("end"):
        if event["type"] == "point":
            steps += range(event["step"], event["step"] + len(event["values"].get("train/loss", [])))
    assert steps == list(range(1, started["num_steps"] + 1))
