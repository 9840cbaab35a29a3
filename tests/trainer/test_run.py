"""`python -m trainer.run`: one job directory, trained on its own, on real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.training.jobs import digits_graph, same_tensors, write_job
from trainer.data.samples import build_sample
from trainer.training.checkpoint import load_weights
from trainer.training.control import Control
from trainer.training.session import train_job

ROOT = Path(__file__).parents[2]
CONFIG = {"epochs": 24, "batch_size": 8, "checkpoint": {"every_steps": 150}}
NUM_STEPS = 24 * 180


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data") / "digits"
    build_sample("digits", place, progress=lambda _: None, cache_dir=place.parent / "cache")
    return place


def start(job: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "trainer.run", str(job)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    printed, _ = process.communicate(timeout=200)
    return process.returncode, printed


def told(job: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (job / "events.jsonl").read_text().splitlines(keepends=True) if line[-1] == "\n"
    ]


def wait_for_step(job: Path, step: int) -> None:
    for _ in range(2000):
        if (job / "events.jsonl").exists():
            stored = [event["step"] for event in told(job) if event["type"] == "checkpoint"]
            if stored and stored[-1] >= step:
                return
        time.sleep(0.05)
    raise AssertionError("the run stored no checkpoint in time")


@pytest.fixture(scope="module")
def whole(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing happened to."""
    job = write_job(tmp_path_factory.mktemp("whole") / "job", digits_graph(), dataset, CONFIG)
    returned, printed = finish(start(job))
    assert returned == 0, printed
    assert "val/accuracy" in printed
    return job


def test_run_leaves_its_events_and_the_newest_and_best_checkpoints(whole: Path) -> None:
    events = told(whole)
    assert events[0]["type"] == "started"
    assert events[-1]["status"] == "succeeded"
    assert events[-1]["test"]["accuracy"] > 0.9
    kept = {place.name for place in (whole / "checkpoints").iterdir()}
    assert f"step-{NUM_STEPS}" in kept
    assert f"step-{events[-1]['test']['step']}" in kept
    assert len(kept) <= 2


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_stopped_run_started_again_equals_the_undisturbed(
    whole: Path, dataset: Path, tmp_path: Path, how: signal.Signals
) -> None:
    job = write_job(tmp_path / "job", digits_graph(), dataset, CONFIG)
    process = start(job)
    wait_for_step(job, 300)
    os.kill(process.pid, how)
    returned, _ = finish(process)
    assert returned == (-signal.SIGKILL if how == signal.SIGKILL else 0)
    before = told(job)
    assert before[-1]["type"] != "end" or before[-1]["status"] == "paused"

    returned, printed = finish(start(job))
    assert returned == 0, printed
    events = told(job)
    again = next(event for event in events[len(before) - 1 :] if event["type"] == "started" and event["step"])
    assert again["exact"] is True
    assert 300 <= again["step"] < NUM_STEPS
    assert events[-1] == told(whole)[-1]
    one, other = (load_weights(place / f"checkpoints/step-{NUM_STEPS}/weights.safetensors") for place in (whole, job))
    assert same_tensors(one, other)


def test_a_run_loads_no_compiler_and_comes_to_the_same_weights(dataset: Path, tmp_path: Path) -> None:
    """Here torch is as it comes, compiler and all."""
    config = {"epochs": 1, "precision": "bfloat16", "averaging": {"decay": 0.9}, "gradients": {"clip_norm": 1.0}}
    here, there = (write_job(tmp_path / name, digits_graph(), dataset, config) for name in ("here", "there"))
    assert train_job(here, lambda _: None, Control(), alone=True) == "succeeded"
    code = "import sys; from trainer.run import main; main(sys.argv[1:]); sys.exit('torch._dynamo' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(there)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    one, other = (load_weights(next(place.glob("checkpoints/step-*/weights.safetensors"))) for place in (here, there))
    assert same_tensors(one, other)


def test_job_that_cannot_be_read_fails_in_plain_words(tmp_path: Path) -> None:
    job = tmp_path / "job"
    job.mkdir()
    (job / "job.json").write_text("{}")
    returned, printed = finish(start(job))
    assert returned == 1
    assert "The job directory cannot be used" in printed
    assert told(job)[-1]["error"]["code"] == "training.job_unreadable"
