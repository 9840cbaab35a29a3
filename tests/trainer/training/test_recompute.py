"""Blocks computed again on the way back: the same run to the last bit, with less kept in between."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.training.jobs import (
    assert_same_from,
    blocks_graph,
    digits_graph,
    resume,
    same_tensors,
    train,
    write_job,
)
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import parse_document
from trainer.training.recompute import find_blocks, recompute_blocks

SETTINGS = {"epochs": 2, "batch_size": 240, "seed": 3, "checkpoint": {"every_steps": 4}}
RESIDUAL = (  # normalizations that count batches, in a block that is repeated
    ("Conv2d", {"out_channels": 4, "kernel_size": 3, "padding": 1}),
    ("block:ResidualBasic", {"width": 4}),
    ("Dropout", {"p": 0.3}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
)
WORDS = (  # dropout and attention
    ("Flatten", {"start_dim": 1, "end_dim": 2}),
    ("block:GPTBlock", {"width": 8, "heads": 2, "hidden": 16, "p": 0.2}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
)


def document(layers: Any) -> dict[str, Any]:
    return blocks_graph(layers, repeat=3)


@pytest.mark.parametrize("layers", [RESIDUAL, WORDS], ids=["residual", "words"])
def test_recomputed_run_equals_the_plain_one(layers: Any, tmp_path: Path, digits: Path) -> None:
    more = {"averaging": {"decay": 0.9}} if layers is WORDS else {}
    plain = train(write_job(tmp_path / "plain", document(layers), digits, {**SETTINGS, **more}))
    settings = {**SETTINGS, **more, "recompute": "blocks"}
    again = train(write_job(tmp_path / "again", document(layers), digits, settings))
    assert again.end["status"] == "succeeded"
    assert same_tensors(plain.weights(), again.weights())
    assert plain.series() == again.series()
    assert plain.epochs() == again.epochs()
    assert_same_from(again, resume(again, 4, tmp_path / "resumed"), 4)


def kept_bytes(compiled: CompiledGraph) -> int:
    """What the graph of a forward pass keeps for the way back."""
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        compiled.run(torch.rand(64, 1, 8, 8))
    return sum(kept.values())


@pytest.mark.parametrize("layers", [RESIDUAL, WORDS], ids=["residual", "words"])
def test_less_is_kept_and_weights_have_the_same_names(layers: Any) -> None:
    plain, again = compile_graph(parse_document(document(layers))), compile_graph(parse_document(document(layers)))
    assert len(find_blocks(again.network)) == 3
    recompute_blocks(again.network)
    assert kept_bytes(again) < 0.5 * kept_bytes(plain)
    assert list(again.network.state_dict()) == list(plain.network.state_dict())


def test_graph_without_blocks_says_that_there_is_nothing_to_recompute(tmp_path: Path, digits: Path) -> None:
    run = train(write_job(tmp_path / "job", digits_graph(), digits, {**SETTINGS, "recompute": "blocks"}))
    assert run.end["error"]["code"] == "training.no_blocks"
    assert run.end["error"]["path"] == "config.recompute"
