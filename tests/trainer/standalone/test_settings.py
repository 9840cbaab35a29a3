"""Every setting of a run is followed by its project: the weights it leaves are those of the run, bit by bit."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from tests.trainer.standalone.test_project import RUFF, assert_same_weights, unpacked, written
from tests.trainer.training.jobs import Layer, Trained, digits_graph, graph, output, train, write_job
from tests.trainer.training.test_features import EXACT, NORMED, PLAIN
from trainer.data.samples import build_sample
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version
from trainer.methods.catalogue import OPTIMIZERS
from trainer.standalone.metric_text import COUNTS, MEASURES, SUMS
from trainer.standalone.train_script import train_script
from trainer.training import metrics
from trainer.training.checkpoint import save_weights
from trainer.training.number_tallies import Unit

SGD = {"type": "SGD", "params": {"lr": 0.1, "momentum": 0.9}}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("samples") / "digits"
    build_sample("digits", place)
    return place


@pytest.fixture(autouse=True)
def _leave_deterministic_mode() -> Any:
    yield
    torch.use_deterministic_algorithms(False)


def trained(
    place: Path, data: Path, config: dict[str, Any], document: dict[str, Any] | None = None, **job: Any
) -> Trained:
    made = train(write_job(place, document or digits_graph(PLAIN), data, config, **job))
    assert made.end["status"] == "succeeded", made.end
    return made


def assert_follows(tmp_path: Path, data: Path, config: dict[str, Any], document: dict[str, Any] | None = None) -> Path:
    """Train, and train the project of it; its folder."""
    run = trained(tmp_path / "job", data, config, document)
    project = unpacked(run, tmp_path / "project", config, data)
    assert_same_weights(project, run)
    return project


def assert_formatted(project: Path) -> None:
    for command in RUFF:
        settings = ["--line-length", "120", "--no-cache", "--isolated", "--target-version", "py311", "."]
        ruff = [sys.executable, "-m", "ruff", *command, *settings]
        done = subprocess.run(ruff, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


MORE: dict[str, dict[str, Any]] = {
    "averaged norms": {"averaging": {"decay": 0.9}, "layers": NORMED},
    "given weights": {"class_weights": {"label": [1.0, 5.0, *[1.0] * 8]}},
    "decay without rates": {"decay": "weights", "optimizer": {"type": "AdamW", "params": {"weight_decay": 0.5}}},
    "accumulated looks": {
        "optimizer": {"type": "LBFGS", "params": {"lr": 0.1, "max_iter": 3}},
        "gradients": {"accumulate": 2, "clip_norm": 1.0},
    },
    "deterministic and frozen and averaged": {
        "deterministic": True,
        "frozen": ["layer0"],
        "averaging": {"decay": 0.5},
        "layers": NORMED,
    },
}


@pytest.mark.parametrize("name", [*EXACT, *MORE])
def test_project_follows_the_setting(name: str, digits: Path, tmp_path: Path) -> None:
    chosen = dict({**EXACT, **MORE}[name])
    layers: Sequence[Layer] = chosen.pop("layers", PLAIN)
    project = assert_follows(
        tmp_path, digits, {"epochs": 2, "batch_size": 120, "seed": 3, **chosen}, digits_graph(layers)
    )

    assert_formatted(project)


def test_project_follows_all_settings_at_once(digits: Path, tmp_path: Path) -> None:
    everything: dict[str, Any] = {
        "epochs": 30,
        "batch_size": 60,
        "seed": 8,
        "optimizer": {"type": "AdamW", "params": {"lr": 0.01, "weight_decay": 0.1}},
        "schedule": {"type": "OneCycleLR", "params": {"max_lr": 0.02}, "every": "step"},
        "decay": "weights",
        "frozen": ["layer0"],
        "rates": {"layer4": 0.5, "layer1": 2.0},
        "gradients": {"accumulate": 2, "clip_norm": 1.0, "clip_value": 0.1},
        "averaging": {"decay": 0.8},
        "early_stopping": {"patience": 2, "min_delta": 0.01},
        "augmentation": {"flip": True, "shift": 0.1, "erase": 0.2},
        "deterministic": True,
        "precision": "bfloat16",
        "class_weights": {"label": "balanced"},
    }
    project = assert_follows(tmp_path, digits, everything, digits_graph(NORMED))

    assert_formatted(project)


@pytest.mark.parametrize(
    ("metric", "best_by", "min_delta"),
    [
        ("accuracy", "metric", 0.01),
        ("f1", "metric", 0.01),
        ("perplexity", "metric", 0.1),
        ("accuracy", "loss", 0.05),
    ],
)
def test_project_stops_early_by_the_same_rule(
    metric: str, best_by: str, min_delta: float, digits: Path, tmp_path: Path
) -> None:
    config = {
        "epochs": 60,
        "batch_size": 240,
        "early_stopping": {"patience": 2, "min_delta": min_delta},
        "checkpoint": {"best_by": best_by},
        "optimizer": SGD,
    }
    run = trained(tmp_path / "job", digits, config, digits_graph(PLAIN, [metric]))
    assert run.end["ended_by"] == "early_stopping"
    project = unpacked(run, tmp_path / "project", config, digits)

    assert_same_weights(project, run)
    assert_formatted(project)


@pytest.mark.parametrize("metric", ["accuracy", "auroc", None])
def test_project_without_validation_rows_stops_by_the_training_rows(metric: str | None, tmp_path: Path) -> None:
    rows = range(40)
    table = pl.DataFrame(
        {
            "x": [str(row % 7) for row in rows],
            "y": [str(row * 0.3) for row in rows],
            "kind": ["abc"[row * row % 7 % 3] for row in rows],
        }
    )
    content = Content("few", {"x": "number", "y": "number", "kind": "category"}, table, target="kind")
    data = tmp_path / "few"
    write_version(data, content, SplitSettings(val=0.01))
    answer = output("kind", "CrossEntropyLoss", [metric] if metric else [])
    document = graph(["x", "y"], [2], [("Linear", {"out_features": 3})], {"kind": answer})
    config = {
        "epochs": 60,
        "batch_size": 16,
        "gradients": {"accumulate": 2},
        "early_stopping": {"patience": 2, "min_delta": 0.02},
        "optimizer": SGD,
    }
    run = trained(tmp_path / "job", data, config, document)
    assert run.end["ended_by"] == "early_stopping"
    assert not [name for name in run.epochs()[-1]["values"] if name.startswith("val/")]
    project = unpacked(run, tmp_path / "project", config, data)

    assert_same_weights(project, run)
    assert_formatted(project)


@pytest.mark.parametrize("weights", ["balanced", [1.0, 4.0]])
def test_project_weighs_a_yes_as_the_run_did(weights: Any, tmp_path: Path) -> None:
    data = tmp_path / "cancer"
    build_sample("breast-cancer", data)
    answer = output("diagnosis", "BCEWithLogitsLoss", ["recall"], threshold=0.3)
    document = graph(["mean_radius", "mean_texture"], [2], [("Linear", {"out_features": 1})], {"diagnosis": answer})
    config = {
        "epochs": 40,
        "batch_size": 64,
        "class_weights": {"diagnosis": weights},
        "early_stopping": {"patience": 3, "min_delta": 0.01},
    }
    assert_formatted(assert_follows(tmp_path, data, config, document))


@pytest.mark.parametrize("metric", ["mae", "rmse", "r2"])
def test_project_watches_errors_in_the_unit_of_the_target(metric: str, tmp_path: Path) -> None:
    data = tmp_path / "diabetes"
    build_sample("diabetes", data)
    answer = output("progression", "MSELoss", [metric])
    document = graph(["bmi", "bp"], [2], [("Linear", {"out_features": 1})], {"progression": answer})
    config = {
        "epochs": 40,
        "batch_size": 64,
        "optimizer": SGD,
        "early_stopping": {"patience": 2, "min_delta": 0.5 if metric != "r2" else 0.01},
    }
    assert_formatted(assert_follows(tmp_path, data, config, document))


def test_project_of_a_run_whose_time_was_over_makes_as_many_steps(digits: Path, tmp_path: Path) -> None:
    config = {"epochs": 100_000, "batch_size": 120, "limits": {"minutes": 0.01}, "averaging": {"decay": 0.9}}
    run = trained(tmp_path / "job", digits, config)
    assert run.end["ended_by"] == "time"
    num_steps = run.of_type("checkpoint")[-1]["step"]
    project = unpacked(run, tmp_path / "project", config, digits, num_steps=num_steps)

    assert_same_weights(project, run)
    assert_formatted(project)


def test_project_begins_with_the_imported_weights_that_fit(digits: Path, tmp_path: Path) -> None:
    start = tmp_path / "imported"
    start.mkdir()
    given = {"layer1.weight": torch.randn(32, 64), "layer3.weight": torch.zeros(7, 32), "elsewhere": torch.zeros(3)}
    save_weights(given, start / "weights.safetensors")
    config = {"epochs": 2, "batch_size": 240}
    run = trained(tmp_path / "job", digits, config, imported_weights=str(start / "weights.safetensors"))
    project = unpacked(run, tmp_path / "project", config, digits, start=start, carried="imported")

    assert_same_weights(project, run)
    assert_formatted(project)


def test_names_of_metrics_are_those_of_their_classes() -> None:
    for (metric, task), name in MEASURES.items():
        measure = metrics.find_measure(metric, task, Unit())
        assert measure is not None
        assert measure.__qualname__.split(".")[0] == name  # type: ignore[attr-defined]
    assert {key: one.__name__ for key, one in metrics.COUNTS.items()} == COUNTS
    assert {key: one.__name__ for key, one in metrics.SUMS.items()} == SUMS


def test_every_optimizer_can_be_written_with_all_settings(tmp_path: Path) -> None:
    """Formatted and without a fault, in every precision, with validation rows and without."""
    settings: dict[str, Any] = {
        "schedule": {"type": "OneCycleLR", "params": {"max_lr": 0.1}, "every": "step"},
        "decay": "weights",
        "frozen": ["layer1"],
        "rates": {"layer4": 0.1},
        "gradients": {"accumulate": 3, "clip_norm": 1.0, "clip_value": 0.5},
        "averaging": {"decay": 0.9},
        "early_stopping": {"patience": 3, "min_delta": 0.1},
        "deterministic": True,
        "class_weights": {"label": [0.125] * 40},
    }
    for optimizer, precision, num_val in product(OPTIMIZERS, ("float32", "bfloat16", "float16"), (0, 20)):
        facts = written(digits_graph(), {**settings, "optimizer": {"type": optimizer}}, num_steps=9, carried="all")
        frozen = {**facts.frozen, "precision": precision, "device": "cuda"}
        facts = replace(facts, frozen=frozen, num_rows={**facts.num_rows, "val": num_val})
        (tmp_path / f"{optimizer}_{precision}_{num_val}.py").write_text(train_script(facts))
    for name in ("data", "mean", "measures", "model", "split_optimizer"):
        (tmp_path / f"{name}.py").write_text("")  # so that they are known for neighbours

    assert_formatted(tmp_path)


def test_settings_that_the_run_did_not_use_leave_no_trace() -> None:
    script = train_script(written(digits_graph(), {}))
    traces = ("scaler", "averaged", "augmentation", "parameter_groups", "clip", "best", "metric", "CLASS", "STEPS")
    assert not [word for word in traces if word in script]
