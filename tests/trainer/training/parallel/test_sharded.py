"""A network that two processes divide trains as one does, and leaves the checkpoint of any other run."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.graph.documents import node
from tests.trainer.training.jobs import assert_same_from, train, write_job
from tests.trainer.training.parallel.crew import Crew
from tests.trainer.training.parallel.test_team import assert_alike, resume
from tests.trainer.training.tiny import WITH_WORDS, dense, end, tiny_graph
from trainer.training.checkpoint import read_checkpoint
from trainer.training.parallel.units import UNIT_BYTES

TWO = {"kind": "sharded", "processes": 2}
WIDE = UNIT_BYTES // (4 * 8)  # a layer from 8 numbers to so many is worth dividing on its own
DEEP = tiny_graph(
    [
        dense("wide", WIDE),
        node("act", "ReLU"),
        dense("last", 3),
        end("kind", "CrossEntropyLoss", "kind", metrics=["accuracy"]),
    ],
    "h>wide wide>act act>last last>kind",
)
SETTINGS: dict[str, dict[str, Any]] = {
    "adam": {},
    "clipped": {"batch_size": 7, "gradients": {"accumulate": 3, "clip_norm": 0.05, "clip_value": 0.01}},
    "momentum": {"optimizer": {"type": "SGD", "params": {"lr": 0.01, "momentum": 0.9}}, "batch_size": 21},
    "halves": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("more", SETTINGS.values(), ids=SETTINGS.keys())
def test_divided_network_trains_as_a_whole_one(crew: Crew, tiny: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    config = {"epochs": 2, "batch_size": 16, "seed": 3, "decay": "weights", **more}
    alone = train(write_job(tmp_path / "alone", DEEP, tiny, config))
    shared = crew.train(write_job(tmp_path / "shared", DEEP, tiny, config | {"parallel": TWO}))
    assert_alike(shared, alone, tolerance=2e-2 if "precision" in more else 1e-4)


def test_stopped_run_of_a_divided_network_goes_on_exactly(crew: Crew, tiny: Path, tmp_path: Path) -> None:
    config = {"epochs": 3, "batch_size": 16, "checkpoint": {"every_steps": 5}, "parallel": TWO}
    whole = crew.train(write_job(tmp_path / "whole", DEEP, tiny, config))
    assert_same_from(whole, resume(crew, whole, 5, tmp_path / "resumed"), 5)


def test_checkpoint_of_a_divided_network_is_that_of_a_whole_one(crew: Crew, tiny: Path, tmp_path: Path) -> None:
    config = {"epochs": 1, "batch_size": 16}
    alone = train(write_job(tmp_path / "alone", WITH_WORDS, tiny, config))
    shared = crew.train(write_job(tmp_path / "shared", WITH_WORDS, tiny, config | {"parallel": TWO}))
    assert shared.end["status"] == "succeeded", shared.end
    one, other = (read_checkpoint(run.directory / run.of_type("checkpoint")[-1]["path"]) for run in (alone, shared))
    assert {name: tensor.shape for name, tensor in one.weights.items()} == {
        name: tensor.shape for name, tensor in other.weights.items()
    }
    moments = {name for name in one.tensors if name.startswith("optimizer.")}
    assert moments == {name for name in other.tensors if name.startswith("optimizer.")}
    for name in moments:
        torch.testing.assert_close(one.tensors[name].shape, other.tensors[name].shape)
