"""Images pixel by pixel where that is faster: found by a probe that leaves no trace, and kept by a run that goes on."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.trainer.training.jobs import Layer, assert_same_from, digits_graph, resume, train, write_job
from trainer.training import memory_format
from trainer.training.arithmetic import Arithmetic
from trainer.training.config import parse_config
from trainer.training.job import Job
from trainer.training.memory_format import can_choose, choose_format, lay_out

CNN: tuple[Layer, ...] = (
    ("Conv2d", {"out_channels": 4, "kernel_size": 3}),
    ("BatchNorm2d", {}),
    ("ReLU", {}),
    ("Conv2d", {"out_channels": 6, "kernel_size": 3}),
    ("Dropout", {"p": 0.3}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
)
SETTINGS: dict[str, Any] = {"epochs": 1, "batch_size": 240, "seed": 3, "checkpoint": {"every_steps": 3}}
PLAIN = Arithmetic.choose(parse_config({"device": "cpu"}), num_threads=1)


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten(), nn.Linear(144, 2))


def loss(one: nn.Module, num_rows: int) -> torch.Tensor:
    return one(torch.ones(num_rows, 3, 8, 8)).square().mean()


def is_by_pixel(one: nn.Module) -> bool:
    return next(one.parameters()).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    "optimizer",
    [{"type": "Adam", "params": {"amsgrad": True}}, {"type": "SGD", "params": {"lr": 0.1, "momentum": 0.9}}],
    ids=["adam", "sgd"],
)
def test_run_by_pixel_goes_on_exactly_and_stores_plain_weights(
    optimizer: dict[str, Any], tmp_path: Path, digits: Path
) -> None:
    config = {**SETTINGS, "optimizer": optimizer, "averaging": {"decay": 0.9} if optimizer["type"] == "SGD" else None}
    frozen = replace(PLAIN, fused=True, memory_format="channels_last").to_json()
    by_pixel = train(write_job(tmp_path / "pixel", digits_graph(CNN), digits, config, frozen=frozen))
    assert by_pixel.end["status"] == "succeeded"
    assert_same_from(by_pixel, resume(by_pixel, 3, tmp_path / "resumed"), 3)
    assert all(tensor.is_contiguous() for tensor in by_pixel.weights().values())


def test_run_that_probes_goes_on_exactly(tmp_path: Path, digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_format, "LONG_ENOUGH", 1)
    monkeypatch.setattr(memory_format, "WORTH_IT", 1000.0)  # whatever the clock says
    whole = train(write_job(tmp_path / "whole", digits_graph(CNN), digits, SETTINGS))
    assert whole.frozen["memory_format"] == "channels_last"
    assert_same_from(whole, resume(whole, 3, tmp_path / "resumed"), 3)


def test_probe_leaves_network_and_random_numbers_as_they_are() -> None:
    one = network()
    before, state = {name: tensor.clone() for name, tensor in one.state_dict().items()}, torch.get_rng_state()
    assert choose_format(one, loss, batch_size=32, device="cpu") in ("contiguous", "channels_last")
    assert torch.get_rng_state().equal(state)
    assert all(tensor.equal(before[name]) for name, tensor in one.state_dict().items())
    assert not is_by_pixel(one)
    assert all(parameter.grad is None for parameter in one.parameters())


@pytest.mark.parametrize(("slow", "chosen"), [(True, "contiguous"), (False, "channels_last")])
def test_what_is_slower_is_not_chosen(slow: bool, chosen: str) -> None:
    def delayed(one: nn.Module, num_rows: int) -> torch.Tensor:
        began = time.process_time()
        while is_by_pixel(one) is slow and time.process_time() - began < 0.02:
            pass
        return loss(one, num_rows)

    assert choose_format(network(), delayed, batch_size=4, device="cpu") == chosen


def test_layer_that_wants_images_plain_has_them_plain() -> None:
    def wants_plain(one: nn.Module, num_rows: int) -> torch.Tensor:
        return one[0](torch.ones(num_rows, 3, 8, 8)).view(num_rows, -1).mean()  # type: ignore[index]

    assert choose_format(network(), wants_plain, batch_size=4, device="cpu") == "contiguous"


def test_format_is_open_only_where_it_may_differ_and_matters() -> None:
    job = Job(Path(), {}, parse_config({}), Path())

    def is_open(
        job: Job = job, arithmetic: Arithmetic = PLAIN, one: nn.Module | None = None, num_steps: int = 1000
    ) -> bool:
        return can_choose(job, arithmetic, one or network(), num_steps=num_steps)

    assert is_open()
    assert not is_open(num_steps=10)
    assert not is_open(one=nn.Linear(2, 2))
    assert not is_open(arithmetic=replace(PLAIN, deterministic=True))
    assert not is_open(arithmetic=replace(PLAIN, processes=2))
    assert not is_open(job=replace(job, frozen=PLAIN.to_json()))
    assert not is_open(job=replace(job, carry="all"))
    assert not is_open(job=replace(job, config=parse_config({"optimizer": {"type": "LBFGS"}})))


def test_laying_out_keeps_the_numbers() -> None:
    one = network()
    before = {name: tensor.clone() for name, tensor in one.state_dict().items()}
    lay_out(one, "channels_last")
    assert is_by_pixel(one)
    assert all(tensor.equal(before[name]) for name, tensor in one.state_dict().items())
