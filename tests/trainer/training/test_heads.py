"""Output nodes in training: torch's own losses, targets that fit, and clear words where they do not."""

from typing import Any

import pytest
import torch
from torch import nn

from trainer.errors import UserError
from trainer.training.catalogue import LOSSES
from trainer.training.heads import Head, build_heads


def heads(**params: Any) -> list[Head]:
    node = {"id": "n9", "name": "label", "type": "Output", "params": params}
    return build_heads({"nodes": [node]}, ["label"], loss_weights={}, encoders={})


@pytest.mark.parametrize(
    ("loss", "params"),
    [
        ("CrossEntropyLoss", {"label_smoothing": 0.1, "ignore_index": 2}),
        ("CrossEntropyLoss", {"reduction": "sum"}),
        ("BCEWithLogitsLoss", {}),
        ("MSELoss", {"reduction": "sum"}),
        ("L1Loss", {}),
        ("HuberLoss", {"delta": 0.5}),
    ],
)
def test_losses_are_those_of_torch(loss: str, params: dict[str, Any]) -> None:
    (head,) = heads(loss={"type": loss, "params": params})
    torch.manual_seed(1)
    output = torch.randn(6, 3)
    target = torch.randint(0, 3, (6,)) if loss == "CrossEntropyLoss" else (torch.rand(6, 3) > 0.5).float()
    expected = getattr(nn, loss)(**params)(output, target)
    assert head.loss(output, head.align(output, target)).equal(expected)


def test_every_loss_of_the_catalogue_can_be_built_with_its_defaults() -> None:
    for loss in LOSSES:
        assert isinstance(heads(loss={"type": loss, "params": {}})[0].loss, getattr(nn, loss))


def test_target_of_one_number_a_row_fits_an_output_without_that_axis() -> None:
    (head,) = heads(loss={"type": "MSELoss", "params": {}})
    assert head.align(torch.zeros(4), torch.ones(4, 1)).shape == (4,)
    assert head.align(torch.zeros(4, 1), torch.ones(4)).shape == (4, 1)


@pytest.mark.parametrize(
    ("loss", "output", "target"),
    [
        ("MSELoss", torch.zeros(4, 2), torch.zeros(4, 1)),
        ("L1Loss", torch.zeros(4, 1), torch.zeros(1, 4)),
        ("BCEWithLogitsLoss", torch.zeros(4, 3), torch.zeros(4, 1)),
        ("CrossEntropyLoss", torch.zeros(4, 3, 2), torch.zeros(4, dtype=torch.int64)),
    ],
)
def test_nothing_is_broadcast_in_silence(loss: str, output: torch.Tensor, target: torch.Tensor) -> None:
    (head,) = heads(loss={"type": loss, "params": {}})
    with pytest.raises(UserError) as refused:
        head.align(output, target)
    assert refused.value.code == "training.target_shape"
    assert refused.value.path == "n9"


@pytest.mark.parametrize(
    ("params", "code", "path"),
    [
        ({}, "training.no_loss", "nodes.n9.params.loss"),
        ({"loss": {"type": "eval"}}, "training.unknown_type", "nodes.n9.params.loss.type"),
        ({"loss": {"type": "MSELoss"}, "metrics": ["accuracy"]}, "training.metric_unfit", "nodes.n9.params.metrics"),
        ({"loss": {"type": "MSELoss"}, "metrics": ["bleu"]}, "training.unknown_type", "nodes.n9.params.metrics"),
    ],
)
def test_what_an_output_lacks_is_said(params: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(UserError) as refused:
        heads(**params)
    assert (refused.value.code, refused.value.path) == (code, path)
