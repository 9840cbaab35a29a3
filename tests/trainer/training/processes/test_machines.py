"""A job of two machines, each a process of its own with a directory of its own: they meet and train as one."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.training.jobs import Trained, train, write_job
from tests.trainer.training.tiny import CLASSIFIER, build_tiny
from trainer.training.checkpoint import load_weights

HOST = "127.0.0.1"
CONFIG = {"epochs": 2, "batch_size": 16}
SHARED = CONFIG | {"parallel": {"machines": 2, "processes": 1}}
WAIT_SECONDS = 120


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("tiny") / "version")


def start(folder: Path, tiny: Path, config: dict[str, Any], *, rank: int, port: int = 0) -> subprocess.Popen[bytes]:
    """One machine of two; `port` is the one at which the first is heard of."""
    meeting = {"name": "a-run", "machines": 2, "rank": rank, "host": HOST, "port": port, "interface": "lo"}
    job = write_job(folder / f"machine{rank}", CLASSIFIER, tiny, config, meeting=meeting)
    return subprocess.Popen(
        [sys.executable, "-m", "trainer.run", str(job)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def told(folder: Path, rank: int) -> list[dict[str, Any]]:
    file = folder / f"machine{rank}" / "events.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def wait_for(folder: Path, kind: str, machine: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The first event of this kind that the machine that leads tells."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        found = [event for event in told(folder, 0) if event["type"] == kind]
        if found:
            return found[0]
        assert machine.poll() is None, machine.communicate()[0].decode()
        time.sleep(0.05)
    raise TimeoutError(kind)


def start_both(folder: Path, tiny: Path, config: dict[str, Any]) -> list[subprocess.Popen[bytes]]:
    first = start(folder, tiny, config, rank=0)
    port = wait_for(folder, "listening", first)["port"]
    return [first, start(folder, tiny, config, rank=1, port=port)]


def test_two_machines_train_the_curve_of_one_process(tiny: Path, tmp_path: Path) -> None:
    alone = train(write_job(tmp_path / "alone", CLASSIFIER, tiny, CONFIG))
    machines = start_both(tmp_path, tiny, SHARED)
    assert [machine.wait(WAIT_SECONDS) for machine in machines] == [0, 0]
    shared = Trained(tmp_path / "machine0", told(tmp_path, 0))
    assert shared.end["status"] == "succeeded"
    assert shared.frozen["processes"] == 2
    assert shared.series() == pytest.approx(alone.series(), rel=1e-4)
    assert [event["type"] for event in told(tmp_path, 1)] == ["end"], "only the machine that leads tells and stores"
    assert not list((tmp_path / "machine1" / "checkpoints").glob("*"))
    place = shared.of_type("checkpoint")[-1]["path"]
    assert load_weights(tmp_path / "machine0" / place / "weights.safetensors")


def test_a_machine_that_is_killed_ends_the_other_without_failing_the_run(tiny: Path, tmp_path: Path) -> None:
    first, second = start_both(tmp_path, tiny, SHARED | {"epochs": 100_000})
    wait_for(tmp_path, "checkpoint", first)
    second.send_signal(signal.SIGKILL)
    assert first.wait(WAIT_SECONDS) == 1
    assert "killed" in first.communicate()[0].decode()
    assert [event for event in told(tmp_path, 0) if event["type"] == "end"] == []


def test_a_job_without_its_meeting_is_refused_before_anything_starts(tiny: Path, tmp_path: Path) -> None:
    refused = train(write_job(tmp_path / "job", CLASSIFIER, tiny, SHARED))
    assert refused.end["error"]["code"] == "training.no_meeting"


def test_a_machine_that_does_not_reach_the_leading_one_says_so(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.training.processes.meeting.REACH_SECONDS", 0.2)
    meeting = {"name": "a-run", "machines": 2, "rank": 1, "host": HOST, "port": 1}
    lost = train(write_job(tmp_path / "job", CLASSIFIER, tiny, SHARED, meeting=meeting))
    assert lost.end["error"]["code"] == "training.unreachable"
    assert "127.0.0.1:1" in lost.end["error"]["message"]
