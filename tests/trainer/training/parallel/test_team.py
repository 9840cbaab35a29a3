"""A run that two processes share is the run of one with the same batches, and goes on exactly after a stop."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.training.jobs import (
    Layer,
    Trained,
    assert_same_from,
    digits_graph,
    graph,
    output,
    same_tensors,
    train,
    write_job,
)
from tests.trainer.training.parallel.crew import Crew
from tests.trainer.training.test_resume import PauseLater
from tests.trainer.training.tiny import CLASSIFIER, WITH_WORDS, dense, end, tiny_graph
from trainer.training.checkpoint import read_checkpoint
from trainer.training.control import Control
from trainer.training.course import take_course
from trainer.training.events import Event
from trainer.training.job import read_job, resume_newest
from trainer.training.parallel.alone import Alone

TWO = {"kind": "data", "processes": 2}
DROPPING: tuple[Layer, ...] = (
    ("Flatten", {}),
    ("Linear", {"out_features": 16}),
    ("ReLU", {}),
    ("Dropout", {"p": 0.3}),
    ("Linear", {"out_features": 10}),
)
SETTINGS: dict[str, dict[str, Any]] = {
    "adam": {},
    "uneven": {"batch_size": 21},  # the last batch has one row, which one process takes
    "all": {"batch_size": "all", "optimizer": {"type": "SGD", "params": {"lr": 0.5}}},
    "accumulated": {"batch_size": 7, "gradients": {"accumulate": 3, "clip_norm": 0.5}},
    "averaged": {"averaging": {"decay": 0.9}, "precision": "bfloat16"},
    "scaled": {"precision": "float16", "gradients": {"clip_value": 0.1}},
    "scheduled": {
        "schedule": {"type": "ReduceLROnPlateau", "params": {"patience": 0}},
        "early_stopping": {"patience": 2},
        "optimizer": {"type": "Muon", "params": {"lr": 0.01}},
    },
}


def resume(crew: Crew, run: Trained, step: int, directory: Path) -> Trained:
    """The same job in both processes, from what `run` left at `step`."""
    settings = run.job() | {"resume": str(run.directory / "checkpoints" / f"step-{step}"), "frozen": run.frozen}
    return crew.train(write_job(directory, run.graph(), **settings))


def assert_alike(shared: Trained, alone: Trained, *, tolerance: float = 1e-4) -> None:
    assert shared.end["status"] == alone.end["status"] == "succeeded", (shared.end, alone.end)
    for name in ("train/loss", "rate", "gradient_norm"):
        assert shared.series(name) == pytest.approx(alone.series(name), rel=tolerance, abs=tolerance)
    assert len(shared.epochs()) == len(alone.epochs())
    for one, other in zip(shared.epochs(), alone.epochs(), strict=True):
        assert one["values"] == pytest.approx(other["values"], rel=tolerance, abs=tolerance)
    judged, expected_test = ({**run.end["test"], "weights": 0} for run in (shared, alone))
    assert judged == pytest.approx(expected_test, rel=tolerance, abs=tolerance)
    weights, expected = shared.weights(), alone.weights()
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, expected[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("more", SETTINGS.values(), ids=SETTINGS.keys())
def test_two_processes_make_the_curve_of_one(crew: Crew, tiny: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    config = {"epochs": 4, "batch_size": 16, "seed": 3, **more}
    alone = train(write_job(tmp_path / "alone", CLASSIFIER, tiny, config))
    shared = crew.train(write_job(tmp_path / "shared", CLASSIFIER, tiny, config | {"parallel": TWO}))
    assert shared.frozen["processes"] == 2
    assert_alike(shared, alone, tolerance=2e-2 if "precision" in more else 1e-4)


def test_losses_that_are_no_mean_over_rows_are_those_of_one(crew: Crew, tiny: Path, tmp_path: Path) -> None:
    """By the weights of the classes that occur, without those that are ignored, as a sum: each output its own way."""
    ignoring = {"ignore_index": 1, "label_smoothing": 0.1}
    document = tiny_graph(
        [
            dense("last", 3),
            end("kind", "CrossEntropyLoss", "kind", metrics=["accuracy"]),
            end("known", "CrossEntropyLoss", "kind", ignoring),
            end("total", "CrossEntropyLoss", "kind", {"reduction": "sum"}, loss_weight=0.01),
        ],
        "h>last last>kind last>known last>total",
    )
    config = {"epochs": 3, "batch_size": 21, "class_weights": {"kind": [1.0, 9.0, 0.1]}}
    alone = train(write_job(tmp_path / "alone", document, tiny, config))
    shared = crew.train(write_job(tmp_path / "shared", document, tiny, config | {"parallel": TWO}))
    assert_alike(shared, alone)
    assert shared.series("train/total/loss") == pytest.approx(alone.series("train/total/loss"), rel=1e-4)


def test_sums_over_all_rows_and_changed_images_are_those_of_one(crew: Crew, digits: Path, tmp_path: Path) -> None:
    """Metrics that need every row of a pass, and augmentation that changes a row in one way whoever takes it."""
    layers: tuple[Layer, ...] = (("Flatten", {}), ("Linear", {"out_features": 10}))
    document = digits_graph(layers, ["accuracy", "f1", "auroc"])
    config = {"epochs": 2, "batch_size": 100, "augmentation": {"flip": True, "shift": 0.1, "contrast": 0.2}}
    alone = train(write_job(tmp_path / "alone", document, digits, config))
    assert_alike(crew.train(write_job(tmp_path / "shared", document, digits, config | {"parallel": TWO})), alone)


def test_stopped_run_of_two_processes_goes_on_exactly(crew: Crew, digits: Path, tmp_path: Path) -> None:
    """Dropout draws in each process on its own, and both go on drawing where they were."""
    config = {"epochs": 3, "batch_size": 120, "seed": 3, "checkpoint": {"every_steps": 5}, "parallel": TWO}
    whole = crew.train(write_job(tmp_path / "whole", digits_graph(DROPPING), digits, config))
    assert whole.end["status"] == "succeeded", whole.end
    resumed = resume(crew, whole, 15, tmp_path / "resumed")
    assert_same_from(whole, resumed, 15)


def test_both_processes_pause_after_the_same_step(crew: Crew, tiny: Path, tmp_path: Path) -> None:
    config = {"epochs": 50, "batch_size": 16, "seed": 3, "checkpoint": {"every_seconds": None}, "parallel": TWO}
    whole = crew.train(write_job(tmp_path / "whole", CLASSIFIER, tiny, config))
    paused = crew.train(write_job(tmp_path / "paused", CLASSIFIER, tiny, config), PauseLater(num_looks=12))
    assert paused.end["status"] == "paused"
    step = paused.of_type("checkpoint")[-1]["step"]
    assert 0 < step == max(paused.series()) < max(whole.series())
    resumed = resume(crew, paused, step, tmp_path / "resumed")
    assert paused.series() | resumed.series() == whole.series()
    assert same_tensors(resumed.weights(), whole.weights())


def test_run_of_two_processes_goes_on_in_one_and_says_that_it_is_not_the_same(
    crew: Crew, tiny: Path, tmp_path: Path
) -> None:
    config = {"epochs": 3, "batch_size": 16, "checkpoint": {"every_steps": 4}}
    whole = train(write_job(tmp_path / "whole", CLASSIFIER, tiny, config))
    paused = crew.train(
        write_job(tmp_path / "shared", CLASSIFIER, tiny, config | {"parallel": TWO}), PauseLater(num_looks=1)
    )
    step = paused.of_type("checkpoint")[-1]["step"]
    events: list[Event] = []
    end = take_course(resume_newest(read_job(paused.directory)), events.append, Control(), Alone(), prune=False)
    resumed = Trained(paused.directory, [dict(event) for event in [*events, end]])
    assert resumed.of_type("started")[0]["step"] == step > 0
    assert resumed.of_type("started")[0]["exact"] is False
    assert "processes: 1, not 2" in resumed.of_type("log")[0]["message"]
    rest = {at: loss for at, loss in whole.series().items() if at > step}
    assert resumed.series() == pytest.approx(rest, rel=1e-4)


def test_running_means_are_those_of_all_rows_and_the_difference_is_said(crew: Crew, tiny: Path, tmp_path: Path) -> None:
    config = {"epochs": 1, "batch_size": 33, "optimizer": {"type": "SGD", "params": {"lr": 1e-9}}}
    alone = train(write_job(tmp_path / "alone", WITH_WORDS, tiny, config))
    shared = crew.train(write_job(tmp_path / "shared", WITH_WORDS, tiny, config | {"parallel": TWO}))
    assert shared.end["status"] == "succeeded", shared.end
    assert "training.parallel_batch_norm" in [event["code"] for event in shared.of_type("log")]
    torch.testing.assert_close(shared.weights()["norm.running_mean"], alone.weights()["norm.running_mean"])


def test_normalized_rows_are_never_alone_in_a_process(crew: Crew, tiny: Path, tmp_path: Path) -> None:
    refused = crew.train(write_job(tmp_path / "job", WITH_WORDS, tiny, {"batch_size": 3, "parallel": TWO}))
    assert refused.end["error"]["code"] == "training.parallel_norm_rows"
    assert refused.end["error"]["fields"]["expected"] == "4"


def test_numbers_are_judged_over_the_rows_of_both(crew: Crew, sample: Any, tmp_path: Path) -> None:
    numbers = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
    layers: list[Layer] = [("Linear", {"out_features": 8}), ("Tanh", {}), ("Linear", {"out_features": 1})]
    document = graph(numbers, [10], layers, {"progression": output("progression", "MSELoss", ["mae", "r2"])})
    alone = train(write_job(tmp_path / "alone", document, sample("diabetes"), {"epochs": 2}))
    config = {"epochs": 2, "parallel": TWO}
    assert_alike(crew.train(write_job(tmp_path / "shared", document, sample("diabetes"), config)), alone)


def test_checkpoint_of_two_processes_holds_the_random_states_of_both(crew: Crew, tiny: Path, tmp_path: Path) -> None:
    config = {"epochs": 1, "batch_size": 16, "parallel": TWO}
    run = crew.train(write_job(tmp_path / "job", CLASSIFIER, tiny, config))
    snapshot = read_checkpoint(run.directory / run.of_type("checkpoint")[-1]["path"])
    own, other = snapshot.tensors["random.torch"], snapshot.tensors["process1.random.torch"]
    assert own.shape == other.shape
    assert not own.equal(other)
