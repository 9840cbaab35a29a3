"""Replayed gradients, as far as that goes without a GPU.

`Again` stands in for a CUDA graph: it does the recorded work once more, from and into the places that were recorded.
What is tested is what surrounds a graph, never a graph itself.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trainer.training.jobs import digits_graph, same_tensors, write_job
from trainer.training.arithmetic import Arithmetic
from trainer.training.config import parse_config
from trainer.training.control import Control
from trainer.training.cuda_graph import NUM_TRIALS, Gradients, Replayed, suits
from trainer.training.job import read_job
from trainer.training.keeper import NoKeeper
from trainer.training.loop import Training
from trainer.training.record import Batch
from trainer.training.setup import Setup, set_up
from trainer.training.update import Update

LAYERS = (("Flatten", {}), ("Linear", {"out_features": 8}), ("ReLU", {}), ("Linear", {"out_features": 10}))
BATCH_SIZE = 256
SETTINGS = {"epochs": 3, "batch_size": BATCH_SIZE, "seed": 3}


class Again:
    """Records by doing the work, and leaves nothing but NaN where a graph would only have reserved the place."""

    def __init__(self, parameters: Sequence[Tensor], seconds: Iterator[float]) -> None:
        self._parameters = parameters
        self._seconds = seconds
        self.num_replays = 0
        self.is_forgotten = False

    def rehearse(self, work: Callable[[], Batch]) -> Batch:
        return work()

    def record(self, work: Callable[[], Batch]) -> Batch:
        self._work = work
        self._batch = work()
        self._gradients = [parameter.grad for parameter in self._parameters]
        with torch.no_grad():
            for place in [*self._gradients, self._batch.loss, *(head.loss for head in self._batch.heads)]:
                place.fill_(torch.nan)
        return self._batch

    def replay(self) -> None:
        self.num_replays += 1
        for parameter in self._parameters:
            parameter.grad = None
        batch = self._work()
        pairs = [(self._batch.loss, batch.loss)]
        for own, new in zip(self._batch.heads, batch.heads, strict=True):
            pairs += [(own.loss, new.loss), (own.answer, new.answer), (own.target, new.target)]
        pairs += zip(self._gradients, (parameter.grad for parameter in self._parameters), strict=True)
        for place, tensor in pairs:
            place.copy_(tensor)

    def forget(self) -> None:
        self.is_forgotten = True

    def clock(self) -> float:
        return next(self._seconds)


class Unrecordable(Again):
    def record(self, work: Callable[[], Batch]) -> Batch:
        work()
        raise RuntimeError("operation not permitted when stream is capturing")


def seconds(without: float, with_graph: float) -> Iterator[float]:
    """A clock that shows how long each of the trials took."""
    now = 0.0
    for taken in [without] * NUM_TRIALS + [with_graph] * NUM_TRIALS:
        yield now
        now += taken
        yield now


def trained(
    place: Path,
    digits: Path,
    recorder: type[Again] | None,
    *,
    without: float = 2.0,
    with_graph: float = 1.0,
    **more: Any,
) -> tuple[list[dict[str, Any]], dict[str, Tensor], Again | None]:
    """What a run told, its last weights, and what replayed its gradients."""
    setup = set_up(read_job(write_job(place, digits_graph(LAYERS), digits, SETTINGS | more)))
    events: list[dict[str, Any]] = []
    training = Training(setup, events.append, Control(), NoKeeper())
    made: list[Again] = []

    def replaying(gradients: Gradients, parameters: Sequence[Tensor]) -> Gradients:
        assert recorder is not None
        made.append(recorder(parameters, seconds(without, with_graph)))
        return Replayed(gradients, parameters, made[0], num_rows=BATCH_SIZE)

    if recorder is not None:
        training.update = Update(
            lambda inputs, targets: training._forward(setup.compiled, inputs, targets),
            setup.optimizer,
            setup.job.config.gradients,
            setup.precision,
            setup.team,
            rows_at_once=setup.rows_at_once,
            after_step=[],
            replaying=replaying,
        )
    assert training.run()["status"] == "succeeded"
    weights = {name: tensor.clone() for name, tensor in setup.compiled.network.state_dict().items()}
    told = [event for event in events if event["type"] in ("point", "epoch")]
    return told, weights, made[0] if made else None


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"gradients": {"clip_norm": 0.5, "clip_value": 0.1}},
        {
            "optimizer": {"type": "SGD", "params": {"momentum": 0.9}},
            "schedule": {"type": "ExponentialLR", "params": {"gamma": 0.5}},
        },
    ],
    ids=["Adam", "clipped", "SGD with a schedule"],
)
def test_replayed_run_tells_and_learns_the_same(tmp_path: Path, digits: Path, more: dict[str, Any]) -> None:
    told, weights, _ = trained(tmp_path / "usual", digits, None, **more)
    told_again, weights_again, recorder = trained(tmp_path / "replayed", digits, Again, **more)
    assert same_tensors(weights, weights_again)
    assert _numbers(told) == _numbers(told_again)
    assert recorder is not None
    assert recorder.num_replays == 3 * (1437 // BATCH_SIZE) - NUM_TRIALS  # every full batch but those before it


def test_graph_that_gains_nothing_is_let_go(tmp_path: Path, digits: Path) -> None:
    _, weights, _ = trained(tmp_path / "usual", digits, None)
    _, weights_again, recorder = trained(tmp_path / "tried", digits, Again, without=1.0, with_graph=1.0)
    assert recorder is not None
    assert (recorder.num_replays, recorder.is_forgotten) == (NUM_TRIALS, True)
    assert same_tensors(weights, weights_again)


def test_network_that_no_graph_can_hold_goes_on_without_and_says_why(
    tmp_path: Path, digits: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, weights, _ = trained(tmp_path / "usual", digits, None)
    with caplog.at_level(logging.WARNING):
        _, weights_again, recorder = trained(tmp_path / "refused", digits, Unrecordable)
    assert recorder is not None
    assert recorder.num_replays == 0
    assert same_tensors(weights, weights_again)
    assert "not permitted when stream is capturing" in caplog.text


@pytest.fixture(scope="module")
def on_a_gpu(tmp_path_factory: pytest.TempPathFactory, sample: Callable[[str], Path]) -> Setup:
    """A run's setup that says of itself that it is on a GPU."""
    job = write_job(tmp_path_factory.mktemp("job") / "job", digits_graph(LAYERS), sample("digits"), SETTINGS)
    setup = set_up(read_job(job))
    return replace(setup, arithmetic=replace(setup.arithmetic, device="cuda"))


def test_small_batches_on_a_gpu_are_replayed(on_a_gpu: Setup) -> None:
    assert suits(on_a_gpu)
    assert not suits(replace(on_a_gpu, arithmetic=replace(on_a_gpu.arithmetic, device="cpu")))
    large = replace(on_a_gpu.compiled, activation_bytes=10 * 1024**2)
    assert not suits(replace(on_a_gpu, compiled=large))


@pytest.mark.parametrize(
    "settings",
    [
        {"deterministic": True},
        {"gradients": {"accumulate": 2}},
        {"optimizer": {"type": "SparseAdam", "params": {}}},
        {"precision": "float16"},
        {"recompute": "blocks"},
    ],
    ids=str,
)
def test_what_a_graph_cannot_repeat_is_not_replayed(on_a_gpu: Setup, settings: dict[str, Any]) -> None:
    config = parse_config(SETTINGS | settings)
    arithmetic = replace(Arithmetic.choose(config, num_threads=1), device="cuda")
    assert not suits(replace(on_a_gpu, job=replace(on_a_gpu.job, config=config), arithmetic=arithmetic))


def test_optimizer_that_looks_several_times_is_not_replayed(on_a_gpu: Setup) -> None:
    parameters = list(on_a_gpu.compiled.network.parameters())
    assert not suits(replace(on_a_gpu, optimizer=torch.optim.LBFGS(parameters)))


def _numbers(told: list[dict[str, Any]]) -> dict[tuple[str, str], list[float]]:
    """All values of points, and of epochs, by name: however the clock divided the points."""
    numbers: dict[tuple[str, str], list[float]] = {}
    for event in told:
        for name, value in event["values"].items():
            series = numbers.setdefault((event["type"], name), [])
            series.extend(value if isinstance(value, list) else [value])
    return numbers
