"""Every schedule gives the rates of torch's own, and stopped in the middle goes on as if nothing had been."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from tests.trainer.training.jobs import assert_same_from, resume, train, write_job
from tests.trainer.training.tiny import CLASSIFIER, build_tiny
from trainer.errors import UserError
from trainer.methods.catalogue import SCHEDULES
from trainer.methods.schedules import RATE_FUNCTIONS
from trainer.training.config import ScheduleConfig, parse_config
from trainer.training.schedules import RATES, build_schedule

EPOCHS, STEPS = 6, 4  # 64 training rows, 16 a batch
PARAMS: dict[str, dict[str, Any]] = {
    "StepLR": {"step_size": 2, "gamma": 0.5},
    "MultiStepLR": {"milestones": [1, 3, 3], "gamma": 0.5},
    "ExponentialLR": {"gamma": 0.9},
    "CosineAnnealingLR": {},
    "CosineAnnealingWarmRestarts": {"T_0": 2, "T_mult": 2, "eta_min": 0.001},
    "LinearLR": {"start_factor": 0.1, "total_iters": 3},
    "ConstantLR": {"factor": 0.2, "total_iters": 2},
    "PolynomialLR": {"total_iters": 5, "power": 2.0},
    "OneCycleLR": {"max_lr": 0.1, "three_phase": True},
    "CyclicLR": {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 3, "mode": "exp_range", "gamma": 0.95},
    "ReduceLROnPlateau": {"factor": 0.5, "patience": 0, "threshold": 0.5},
    "LambdaLR": {"lr_lambda": "inverse_sqrt"},
}
GIVEN_TO_TORCH: dict[str, dict[str, Any]] = {
    "CosineAnnealingLR": {"T_max": EPOCHS},
    "OneCycleLR": {"total_steps": EPOCHS * STEPS},
    "LambdaLR": {"lr_lambda": lambda epoch: 1 / math.sqrt(1 + epoch)},
}
SGD = {"type": "SGD", "params": {"lr": 0.05, "momentum": 0.9}}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("tiny"))


def run(directory: Path, tiny: Path, schedule: dict[str, Any], optimizer: dict[str, Any] = SGD) -> Any:
    config = {"epochs": EPOCHS, "batch_size": 16, "optimizer": optimizer, "schedule": schedule}
    return train(write_job(directory, CLASSIFIER, tiny, config | {"checkpoint": {"every_steps": 5}}))


def rates_of_torch(schedule: str, *, every: str, losses: list[float]) -> list[float]:
    """The rate of each step where torch's class steps by itself, after each step or each epoch."""
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.05, momentum=0.9)
    scheduler = getattr(lr_scheduler, schedule)(optimizer, **{**PARAMS[schedule], **GIVEN_TO_TORCH.get(schedule, {})})
    rates = []
    for epoch in range(EPOCHS):
        for _ in range(STEPS):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if every == "step":
                scheduler.step()
        if every == "epoch":
            scheduler.step(*([losses[epoch]] if schedule == "ReduceLROnPlateau" else []))
    return rates


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedule_gives_the_rates_of_torch_and_resumes_to_the_last_bit(
    tmp_path: Path, tiny: Path, schedule: str
) -> None:
    whole = run(tmp_path / "whole", tiny, {"type": schedule, "params": PARAMS[schedule]})
    assert whole.end["status"] == "succeeded", whole.end
    losses = [epoch["values"]["val/loss"] for epoch in whole.epochs()]
    expected = rates_of_torch(schedule, every=SCHEDULES[schedule].every or "epoch", losses=losses)
    assert list(whole.series("rate").values()) == expected
    assert len(set(expected)) > 1
    for step in (5, 15):
        assert_same_from(whole, resume(whole, step, tmp_path / f"from-{step}"), step)


@pytest.mark.parametrize("schedule", [name for name, part in SCHEDULES.items() if part.every is None])
def test_warm_up_rises_to_the_rate_and_then_the_schedule_begins(tmp_path: Path, tiny: Path, schedule: str) -> None:
    params = PARAMS[schedule]
    settings = {"type": schedule, "params": params, "every": "step", "warmup": 6}
    whole = run(tmp_path / "whole", tiny, settings)
    rates = list(whole.series("rate").values())
    assert rates[:6] == pytest.approx([0.05 * (step + 1) / 7 for step in range(6)])
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.05)
    alone = build_schedule(ScheduleConfig(schedule, params, "step"), optimizer, epochs=EPOCHS, num_steps=18)
    assert rates[6] == pytest.approx(optimizer.param_groups[0]["lr"])
    for rate in rates[6:]:
        assert rate == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        alone.after_step()
    for step in (5, 10):
        assert_same_from(whole, resume(whole, step, tmp_path / f"from-{step}"), step)


def test_momentum_cycles_with_the_betas_of_adam(tmp_path: Path, tiny: Path) -> None:
    schedule = {"type": "OneCycleLR", "params": {"max_lr": 0.1}}
    whole = run(tmp_path / "whole", tiny, schedule, {"type": "AdamW", "params": {"lr": 0.01}})
    state = json.loads((whole.directory / "checkpoints" / "step-10" / "state.json").read_text())
    (group,) = state["optimizer"]["groups"]
    assert 0.85 < group["betas"][0] < 0.95
    assert_same_from(whole, resume(whole, 10, tmp_path / "from-10"), 10)


def test_cycle_that_is_shorter_than_the_run_stays_at_its_end(tmp_path: Path, tiny: Path) -> None:
    whole = run(tmp_path / "whole", tiny, {"type": "OneCycleLR", "params": {"max_lr": 0.1, "total_steps": 10}})
    assert whole.end["status"] == "succeeded"
    assert len(set(list(whole.series("rate").values())[10:])) == 1


def test_momentum_that_an_optimizer_does_not_have_cannot_cycle(tmp_path: Path, tiny: Path) -> None:
    schedule = {"type": "OneCycleLR", "params": {"max_lr": 0.1}}
    adagrad = {"type": "Adagrad", "params": {}}
    assert run(tmp_path / "one", tiny, schedule, adagrad).end["error"]["code"] == "training.no_momentum"
    schedule["params"] = {"max_lr": 0.1, "cycle_momentum": False}
    assert run(tmp_path / "two", tiny, schedule, adagrad).end["status"] == "succeeded"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"type": "OneCycleLR", "params": {"max_lr": 0.1}, "every": "epoch"}, "config.schedule.every"),
        ({"type": "ReduceLROnPlateau", "params": {}, "every": "step"}, "config.schedule.every"),
        ({"type": "ReduceLROnPlateau", "params": {}, "warmup": 2}, "config.schedule.warmup"),
    ],
)
def test_schedule_that_must_be_stepped_otherwise_says_so(given: dict[str, Any], path: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_config({"schedule": given}, path="config")
    assert (refused.value.path, refused.value.code) == (path, "training.out_of_range")


def test_named_functions_are_those_of_the_form() -> None:
    assert tuple(RATES) == RATE_FUNCTIONS
    assert [RATES["inverse_time"](time) for time in (0, 1, 3)] == [1, 0.5, 0.25]
