"""A run that was stopped and goes on is the same run: to the last bit of its weights, its curve and its choice."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.training.jobs import (
    Layer,
    assert_same_from,
    digits_graph,
    graph,
    output,
    resume,
    same_tensors,
    train,
    write_job,
)
from trainer.training.control import Control

CNN: tuple[Layer, ...] = (
    ("Conv2d", {"out_channels": 4, "kernel_size": 3}),
    ("BatchNorm2d", {}),
    ("ReLU", {}),
    ("Dropout", {"p": 0.3}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
)
STEPS_PER_EPOCH = 12  # 1,437 training rows, 120 a batch


def config(**more: Any) -> dict[str, Any]:
    return {"epochs": 4, "batch_size": 120, "seed": 3, "checkpoint": {"every_steps": 5}, **more}


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [
        ({"type": "Adam", "params": {"lr": 3e-3, "amsgrad": True}}, None),
        (
            {"type": "AdamW", "params": {"lr": 3e-3}},
            {"type": "CosineAnnealingLR", "params": {}, "every": "step"},
        ),
        (
            {"type": "SGD", "params": {"lr": 0.1, "momentum": 0.9, "nesterov": True}},
            {"type": "StepLR", "params": {"step_size": 1, "gamma": 0.5}},
        ),
        (
            {"type": "RMSprop", "params": {"lr": 1e-3, "momentum": 0.5, "centered": True}},
            {"type": "LinearLR", "params": {"total_iters": 20}, "every": "step"},
        ),
    ],
    ids=["adam", "adamw-cosine", "sgd-steps", "rmsprop-warmup"],
)
def test_resumed_run_equals_uninterrupted_run(
    tmp_path: Path, digits: Path, optimizer: Mapping[str, Any], schedule: Mapping[str, Any] | None
) -> None:
    settings = config(optimizer=optimizer, schedule=schedule)
    whole = train(write_job(tmp_path / "whole", digits_graph(metrics=["accuracy", "f1"]), digits, settings))
    assert whole.end["status"] == "succeeded"
    for step in (5, 20, 35):  # within the first epoch, the second, and just before the end of the third
        assert_same_from(whole, resume(whole, step, tmp_path / f"from-{step}"), step)


def test_resumed_convolutional_run_equals_uninterrupted_run(tmp_path: Path, digits: Path) -> None:
    whole = train(write_job(tmp_path / "whole", digits_graph(CNN), digits, config()))
    assert_same_from(whole, resume(whole, 15, tmp_path / "from-15"), 15)


def test_checkpoint_at_the_end_of_an_epoch_resumes_the_same(tmp_path: Path, digits: Path) -> None:
    settings = config(checkpoint={"every_steps": STEPS_PER_EPOCH})
    whole = train(write_job(tmp_path / "whole", digits_graph(), digits, settings))
    for step in (STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH):
        assert_same_from(whole, resume(whole, step, tmp_path / f"from-{step}"), step)


def test_finished_run_resumed_only_tests_again(tmp_path: Path, digits: Path) -> None:
    whole = train(write_job(tmp_path / "whole", digits_graph(), digits, config()))
    again = resume(whole, 4 * STEPS_PER_EPOCH, tmp_path / "again")
    assert again.series() == {}
    assert again.end == whole.end


def test_regression_sums_do_not_depend_on_when_they_are_read(tmp_path: Path, sample: Any) -> None:
    numbers = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
    layers: list[Layer] = [("Linear", {"out_features": 16}), ("Tanh", {}), ("Linear", {"out_features": 1})]
    outputs = {"progression": output("progression", "HuberLoss", ["mae", "r2"])}
    document = graph(numbers, [10], layers, outputs)
    whole = train(write_job(tmp_path / "whole", document, sample("diabetes"), config(batch_size=30)))
    assert whole.end["status"] == "succeeded"
    assert_same_from(whole, resume(whole, 25, tmp_path / "from-25"), 25)


class PauseLater(Control):
    """Asks for the pause once the loop has looked so many times, however fast it is."""

    def __init__(self, num_looks: int) -> None:
        self._looks_left = num_looks

    @property
    def requested(self) -> str | None:
        self._looks_left -= 1
        return "pause" if self._looks_left < 0 else None


def test_paused_run_goes_on_exactly(tmp_path: Path, digits: Path) -> None:
    """Paused at whatever step the request meets; nothing lies between the pause and the checkpoint it leaves."""
    settings = config(epochs=30, checkpoint={"every_seconds": None})
    whole = train(write_job(tmp_path / "whole", digits_graph(), digits, settings))
    job = write_job(tmp_path / "paused", digits_graph(), digits, settings)
    paused = train(job, PauseLater(num_looks=41))
    assert paused.end["status"] == "paused"
    step = max(paused.series())
    assert 0 < step < 30 * STEPS_PER_EPOCH
    assert paused.of_type("checkpoint")[-1]["step"] == step
    resumed = resume(paused, step, tmp_path / "resumed")
    assert same_tensors(whole.weights(), resumed.weights())
    assert paused.series() | resumed.series() == whole.series()
    assert paused.epochs() + resumed.epochs() == whole.epochs()


def test_resume_that_cannot_have_the_same_arithmetic_says_so(tmp_path: Path, digits: Path) -> None:
    whole = train(write_job(tmp_path / "whole", digits_graph(), digits, config()))
    job = json.loads((whole.directory / "job.json").read_text())
    job |= {
        "resume": str(whole.directory / "checkpoints/step-5"),
        "frozen": whole.frozen | {"torch_version": "1.0", "device": "cuda"},
    }
    other = write_job(tmp_path / "other", digits_graph(), digits)
    (other / "job.json").write_text(json.dumps(job))
    resumed = train(other)
    assert resumed.of_type("started")[0]["exact"] is False
    (log,) = resumed.of_type("log")
    assert log["code"] == "training.not_exact"
    assert "torch_version" in log["message"]
    assert "device" in log["message"]
    assert resumed.end["status"] == "succeeded"
