"""The zip of a run trains to the same weights, in a process that has neither Layerloom nor its folder."""

import io
import json
import math
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from safetensors.torch import load_file

from tests.trainer.standalone.lone_python import lone_python
from tests.trainer.training.jobs import Trained, blocks_graph, digits_graph, output, train, write_job
from trainer.data.samples import build_sample
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version
from trainer.graph.compile import compile_graph
from trainer.graph.document import parse_document
from trainer.methods.catalogue import OPTIMIZERS, SCHEDULES
from trainer.standalone.facts import Facts
from trainer.standalone.optimizer_text import PEAKS, RATES, WHOLE_RUN
from trainer.standalone.project import Standalone, write_project
from trainer.standalone.train_script import train_script
from trainer.training import schedules
from trainer.training.arithmetic import Arithmetic
from trainer.training.config import parse_config

VERSIONS = {"numpy": "1", "pillow": "1", "safetensors": "1", "tokenizers": "1", "torch": "1"}
CNN = (
    ("Conv2d", {"out_channels": 6, "kernel_size": 3, "padding": 1}),
    ("BatchNorm2d", {}),
    ("ReLU", {}),
    ("MaxPool2d", {"kernel_size": 2}),
    ("Flatten", {}),
    ("Dropout", {"p": 0.3}),
    ("Linear", {"out_features": 10}),
)
BY_PIXEL = {**Arithmetic.choose(parse_config({}), num_threads=1).to_json(), "memory_format": "channels_last"}
RUFF = (("check", "--select", "E,F,W,I,B,UP"), ("format", "--check"))


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("samples") / "digits"
    build_sample("digits", place)
    return place


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    """Rows with missing numbers and categories, awkward names, dates, and targets that are missing."""
    rows = range(120)
    table = pl.DataFrame(
        {
            "distance": [None if row % 9 == 4 else str(0.1 + row / 7) for row in rows],
            "city": [None if row % 30 == 7 else ("Oslo", "Köln, Süd", '"Rome"')[row % 3] for row in rows],
            "line": [str(row % 4) for row in rows],
            "day": [f"2024-03-{1 + row % 28:02d} {row % 24:02d}:30:00" for row in rows],
            "price": [None if row == 11 else str(row * 1.5) for row in rows],
            "late": [None if row == 12 else ("no", "yes")[row % 5 == 0] for row in rows],
        }
    )
    kinds = {"distance": "number", "city": "category", "line": "category", "day": "date"}
    content = Content("trips", {**kinds, "price": "number", "late": "category"}, table, target="late")  # type: ignore[arg-type]
    write_version(tmp_path / "trips", content, SplitSettings(seed=3))
    return tmp_path / "trips"


def two_inputs() -> dict[str, Any]:
    """Categories embedded beside numbers and a date, with two Outputs that count differently."""
    nodes = [
        ("cities", "Input", {"columns": ["city", "line"], "shape": [2], "dtype": "int64"}),
        ("embedded", "Embedding", {"num_embeddings": 6, "embedding_dim": 3}),
        ("flat", "Flatten", {}),
        ("numbers", "Input", {"columns": ["distance"], "shape": [2], "dtype": "float32"}),
        ("when", "Input", {"columns": ["day"], "shape": [1], "dtype": "float32"}),
        ("joined", "Concat", {}),
        ("hidden", "Linear", {"out_features": 8}),
        ("act", "Tanh", {}),
        ("delay", "Linear", {"out_features": 1}),
        ("cost", "Linear", {"out_features": 1}),
        ("late", "Output", output("late", "BCEWithLogitsLoss", loss_weight=0.5)),
        ("price", "Output", output("price", "HuberLoss")),
    ]
    ids = {name: f"n{number:02d}" for number, (name, _, _) in enumerate(nodes)}
    chains = ["cities embedded flat joined hidden act delay late", "numbers joined", "when joined", "act cost price"]
    wires = [pair for chain in chains for pair in pairwise(chain.split())]
    return {
        "format": 1,
        "nodes": [{"id": ids[name], "name": name, "type": kind, "params": params} for name, kind, params in nodes],
        "edges": [
            {
                "id": f"e{number}",
                "source": ids[source],
                "target": ids[target],
                "target_port": "inputs" if target == "joined" else "input",
            }
            for number, (source, target) in enumerate(wires)
        ],
    }


def autoencoder() -> dict[str, Any]:
    """A variational one of sorts: the target is wired from the Input, a divergence has none."""
    nodes = [
        ("image", "Input", {"columns": ["image"], "shape": [1, 8, 8], "dtype": "float32"}),
        ("flat", "Flatten", {}),
        ("mu", "Linear", {"out_features": 4}),
        ("logvar", "Linear", {"out_features": 4}),
        ("decoded", "Linear", {"out_features": 64}),
        ("rebuilt", "Output", {"loss": {"type": "MSELoss", "params": {}}}),
        (
            "divergence",
            "Output",
            {"loss": {"type": "KLDivNormal", "params": {}}, "loss_weight": 0.125, "predict": False},
        ),
    ]
    wires = [
        ("image", "flat", "input"),
        ("flat", "mu", "input"),
        ("flat", "logvar", "input"),
        ("mu", "decoded", "input"),
        ("decoded", "rebuilt", "input"),
        ("flat", "rebuilt", "target"),
        ("mu", "divergence", "mu"),
        ("logvar", "divergence", "logvar"),
    ]
    return {
        "format": 1,
        "nodes": [{"id": name, "name": name, "type": kind, "params": params} for name, kind, params in nodes],
        "edges": [
            {"id": f"e{number}", "source": source, "target": target, "target_port": port}
            for number, (source, target, port) in enumerate(wires)
        ],
    }


def written(graph: dict[str, Any], config: dict[str, Any], **more: Any) -> Facts:
    """What a train.py is written from, of a run on the CPU in plain numbers."""
    frozen = {"num_threads": 1, "device": "cpu", "precision": "float32", "fused": False}
    encoders: dict[str, Any] = {"inputs": {}, "outputs": {}}
    return Facts(graph, config, frozen, encoders, {"train": 80, "val": 20, "test": 20}, **more)


def last_checkpoint(run: Trained) -> Path:
    paths = [event["path"] for event in run.of_type("checkpoint") if "last" in event["kinds"]]
    return run.directory / paths[-1]


def unpacked(run: Trained, folder: Path, config: Mapping[str, Any], version: Path, **settings: Any) -> Path:
    """The project of a run, in `folder`."""
    document = json.loads((run.directory / "graph.json").read_text())
    compiled = compile_graph(parse_document(document))
    facts: dict[str, Any] = {
        "title": "A run",
        "code": compiled.code,
        "activation_bytes": compiled.activation_bytes,
        "graph": document,
        "config": config,
        "encoders": json.loads((last_checkpoint(run) / "encoders.json").read_text()),
        "frozen": run.frozen,
        "version": version,
        "versions": VERSIONS,
    }
    project = Standalone(**{**facts, **settings})
    sink = io.BytesIO()
    write_project(project, sink)
    with zipfile.ZipFile(sink) as archive:
        archive.extractall(folder)
    return folder


def trained_alone(folder: Path) -> dict[str, Any]:
    """The weights that `train.py` leaves, in a process that finds nothing but the project and the packages."""
    done = lone_python().run("train.py", folder)
    assert done.returncode == 0, done.output
    assert "epoch 1  train loss" in done.output
    for path in folder.glob("*.py"):
        assert "trainer" not in path.read_text()
    return load_file(folder / "weights.safetensors")


def assert_same_weights(project: Path, run: Trained) -> None:
    ours, theirs = trained_alone(project), run.weights()
    assert ours.keys() == theirs.keys()
    assert all(ours[name].equal(theirs[name]) for name in theirs)


@pytest.mark.parametrize(
    ("layers", "config", "settings"),
    [
        pytest.param(
            (("Flatten", {}), ("Linear", {"out_features": 16}), ("ReLU", {}), ("Linear", {"out_features": 10})),
            {
                "optimizer": {"type": "SGD", "params": {"lr": 0.05, "momentum": 0.9, "nesterov": True}},
                "schedule": {"type": "StepLR", "params": {"step_size": 1, "gamma": 0.5}},
            },
            {"resident_bytes": 0},
            id="dense-read-from-the-disk",
        ),
        pytest.param(
            (*CNN[:3], ("block:ResidualBasic", {"width": 6}), *CNN[3:]),
            {
                "seed": 5,
                "recompute": "blocks",
                "schedule": {"type": "CosineAnnealingLR", "params": {}, "every": "step"},
            },
            {"frozen": BY_PIXEL},
            id="convolutional-with-recomputed-blocks",
        ),
    ],
)
def test_project_of_pictures_trains_to_the_same_weights(
    layers: Any, config: dict[str, Any], settings: dict[str, Any], digits: Path, tmp_path: Path
) -> None:
    config = {"epochs": 2, "batch_size": 64, **config}
    run = train(write_job(tmp_path / "job", blocks_graph(layers, repeat=2), digits, config, **settings))

    assert_same_weights(unpacked(run, tmp_path / "project", config, digits), run)


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [
        pytest.param({"type": "LBFGS", "params": {"lr": 0.1, "max_iter": 3}}, None, id="a-closure"),
        pytest.param(
            {"type": "Muon", "params": {}},
            {"type": "CosineAnnealingLR", "params": {}, "every": "step", "warmup": 3},
            id="a-split-and-a-warm-up",
        ),
        pytest.param(
            {"type": "SGD", "params": {"momentum": 0.9}},
            {"type": "OneCycleLR", "params": {"max_lr": 0.1, "total_steps": 9}, "every": "step"},
            id="a-short-cycle",
        ),
        pytest.param(
            {"type": "Adam", "params": {}},
            {"type": "LambdaLR", "params": {"lr_lambda": "inverse_time"}},
            id="a-function",
        ),
        pytest.param(
            {"type": "Adam", "params": {"lr": 0.05}},
            {"type": "ReduceLROnPlateau", "params": {"patience": 0, "threshold": 0.9}},
            id="a-plateau",
        ),
    ],
)
def test_project_steps_as_the_run_did(
    optimizer: dict[str, Any], schedule: dict[str, Any] | None, digits: Path, tmp_path: Path
) -> None:
    layers = (("Flatten", {}), ("Linear", {"out_features": 8}), ("Tanh", {}), ("Linear", {"out_features": 10}))
    config = {"epochs": 3, "batch_size": 256, "optimizer": optimizer, "schedule": schedule}
    run = train(write_job(tmp_path / "job", digits_graph(layers), digits, config))
    assert run.end["status"] == "succeeded", run.end

    assert_same_weights(unpacked(run, tmp_path / "project", config, digits), run)


def test_project_with_sparse_embeddings_trains_to_the_same_weights(trips: Path, tmp_path: Path) -> None:
    config = {"epochs": 2, "batch_size": 32, "optimizer": {"type": "SparseAdam", "params": {"lr": 0.01}}}
    run = train(write_job(tmp_path / "job", two_inputs(), trips, config))
    assert run.end["status"] == "succeeded", run.end

    assert_same_weights(unpacked(run, tmp_path / "project", config, trips), run)


@pytest.mark.parametrize("schedule", [None, *SCHEDULES])
def test_every_optimizer_and_schedule_can_be_written(schedule: str | None) -> None:
    needed: dict[str, dict[str, Any]] = {
        "CyclicLR": {"base_lr": 0.01, "max_lr": 0.1},
        "OneCycleLR": {"max_lr": 0.1},
        "StepLR": {"step_size": 2},
        "MultiStepLR": {"milestones": [2]},
        "CosineAnnealingWarmRestarts": {"T_0": 2},
        "ExponentialLR": {"gamma": 0.9},
    }
    for optimizer in OPTIMIZERS:
        config: dict[str, Any] = {"optimizer": {"type": optimizer, "params": {}}}
        if schedule is not None:
            config["schedule"] = {"type": schedule, "params": needed.get(schedule, {})}
        script = train_script(written(digits_graph(), config))
        compile(script, "train.py", "exec")
        assert schedule is None or f"lr_scheduler.{schedule}(" in script


def test_project_knows_the_same_functions_of_the_rate() -> None:
    for name, text in RATES.items():
        for time in (0, 1, 7):
            assert eval(text, {"math": math}, {"time": time}) == schedules.RATES[name](time)
    assert RATES.keys() == schedules.RATES.keys()
    assert WHOLE_RUN == schedules.WHOLE_RUN
    assert PEAKS == schedules.PEAKS


def test_project_with_two_inputs_and_outputs_trains_to_the_same_weights(trips: Path, tmp_path: Path) -> None:
    config = {"epochs": 2, "batch_size": 16, "loss_weights": {"price": 0.25}}
    run = train(write_job(tmp_path / "job", two_inputs(), trips, config))
    assert run.end["status"] == "succeeded", run.end

    project = unpacked(run, tmp_path / "project", config, trips)
    assert_same_weights(project, run)

    (project / "weights.safetensors").unlink()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "train.py"], cwd=project, env=environment, capture_output=True, check=True)
    as_a_person_runs_it = load_file(project / "weights.safetensors")
    assert all(tensor.equal(as_a_person_runs_it[name]) for name, tensor in run.weights().items())


def test_project_of_an_autoencoder_brings_the_losses_that_torch_has_not(digits: Path, tmp_path: Path) -> None:
    config = {"epochs": 2, "batch_size": 128}
    run = train(write_job(tmp_path / "job", autoencoder(), digits, config))
    assert run.end["status"] == "succeeded", run.end

    assert_same_weights(unpacked(run, tmp_path / "project", config, digits), run)


@pytest.mark.parametrize("carried", ["weights", "all"])
def test_project_of_a_continued_run_begins_where_the_run_began(carried: str, digits: Path, tmp_path: Path) -> None:
    document = digits_graph()
    first = train(write_job(tmp_path / "first", document, digits, {"epochs": 1, "batch_size": 128}))
    start = last_checkpoint(first)
    config = {"epochs": 2, "batch_size": 128, "optimizer": {"type": "Adam", "params": {"lr": 1e-4}}}
    run = train(write_job(tmp_path / "job", document, digits, config, initial_weights=str(start), carry=carried))

    project = unpacked(run, tmp_path / "project", config, digits, start=start, carried=carried)

    assert_same_weights(project, run)


def test_pictures_of_another_size_are_resized_as_in_training(digits: Path, tmp_path: Path) -> None:
    document = digits_graph((("Flatten", {}), ("Linear", {"out_features": 10})))
    document["nodes"][0]["params"] |= {"encoder": {"size": [6, 5]}, "shape": [1, 6, 5]}
    config = {"epochs": 2, "batch_size": 256}
    run = train(write_job(tmp_path / "job", document, digits, config))
    assert run.end["status"] == "succeeded", run.end

    assert_same_weights(unpacked(run, tmp_path / "project", config, digits), run)


def test_project_is_formatted_and_has_no_fault_that_ruff_finds(trips: Path, tmp_path: Path) -> None:
    config = {"epochs": 2, "batch_size": "all", "schedule": {"type": "StepLR", "params": {"step_size": 2}}}
    run = train(write_job(tmp_path / "job", two_inputs(), trips, config))
    project = unpacked(run, tmp_path / "project", config, trips)

    for command in RUFF:
        settings = ["--line-length", "120", "--no-cache", "--isolated", "--target-version", "py311", "."]
        ruff = [sys.executable, "-m", "ruff", *command, *settings]
        done = subprocess.run(ruff, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_project_of_a_shared_run_says_that_it_trains_in_one_process() -> None:
    script = train_script(written(digits_graph(), {"parallel": {"kind": "data", "processes": 2}}))
    assert "The run was shared out among several processes" in script
    assert "shared out" not in train_script(written(digits_graph(), {}))
