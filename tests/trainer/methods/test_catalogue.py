"""The entries are torch's own: names, parameters and defaults, compared with the installed torch."""

import inspect
from typing import Any

import pytest
import torch
from torch import nn

from trainer.forms import catalogue_json
from trainer.layers.spec import REQUIRED
from trainer.methods import gen
from trainer.methods.catalogue import (
    COLUMN_TARGETS,
    LEFT_OUT,
    LOSSES,
    METRICS,
    OPTIMIZERS,
    SCHEDULES,
    WIRED_TARGETS,
    TrainingPart,
)
from trainer.training.config import OptimizerConfig
from trainer.training.metrics import COUNTS, SUMS, find_measure
from trainer.training.number_tallies import Unit
from trainer.training.optimizers import build_optimizer

OWN_LOSSES = {"KLDivNormal", "Penalty"}
PLACES: list[tuple[Any, TrainingPart]] = [
    *((nn, part) for part in LOSSES.values() if part.type not in OWN_LOSSES),
    *((torch.optim, part) for part in OPTIMIZERS.values()),
    *((torch.optim.lr_scheduler, part) for part in SCHEDULES.values()),
]
OURS = {
    ("CosineAnnealingLR", "T_max"),  # left empty it is the whole run
    ("TripletMarginWithDistanceLoss", "distance_function"),  # named functions for Python's
    ("LambdaLR", "lr_lambda"),
}


def test_torch_has_nothing_that_the_catalogue_lacks_without_a_reason() -> None:
    ours = {*LOSSES, *OPTIMIZERS, *SCHEDULES}
    theirs = {*gen.torch_losses(), *gen.torch_optimizers(), *gen.torch_schedules()}
    assert theirs - ours == LEFT_OUT.keys()
    assert ours - theirs == OWN_LOSSES
    assert not ours & LEFT_OUT.keys()


def test_committed_signatures_are_those_of_the_installed_torch() -> None:
    assert gen.TARGET.read_text(encoding="utf-8") == gen.render()


@pytest.mark.parametrize(("place", "part"), PLACES, ids=[part.type for _, part in PLACES])
def test_parameters_and_defaults_are_those_of_torch(place: Any, part: TrainingPart) -> None:
    signature = inspect.signature(getattr(place, part.type))
    for param in part.params:
        if (part.type, param.name) in OURS:
            continue
        theirs = signature.parameters[param.name].default
        if theirs is inspect.Parameter.empty:
            assert param.default is REQUIRED
        else:
            assert param.default == theirs


@pytest.mark.parametrize("part", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_fused_is_said_where_torch_has_it_and_steps_the_same(part: TrainingPart) -> None:
    assert part.has_fused == ("fused" in inspect.signature(getattr(torch.optim, part.type)).parameters)
    if not part.has_fused:
        return
    ours, theirs = nn.Linear(3, 2), nn.Linear(3, 2)
    theirs.load_state_dict(ours.state_dict())
    params: dict[str, Any] = {"lr": 0.05} | ({"momentum": 0.9} if "momentum" in part.defaults else {})
    optimizers = [
        build_optimizer(OptimizerConfig(part.type, params), ours, fused=part.has_fused),
        getattr(torch.optim, part.type)(theirs.parameters(), **params),
    ]
    for _ in range(4):
        for network, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            network(torch.ones(4, 3)).square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours.weight, theirs.weight)


def test_every_entry_says_what_it_is_in_both_languages_and_as_a_formula() -> None:
    for part in [*LOSSES.values(), *OPTIMIZERS.values(), *SCHEDULES.values(), *METRICS.values()]:
        assert part.formula
        assert part.formula.count("{") == part.formula.count("}")
        for text in (part.summary, *(param.summary for param in part.params)):
            assert text.en
            assert text.zh != text.en


def test_every_default_is_a_value_that_its_parameter_takes() -> None:
    for part in [*LOSSES.values(), *OPTIMIZERS.values(), *SCHEDULES.values()]:
        for param in part.params:
            if param.default is not REQUIRED:
                assert param.accepts(param.default), (part.type, param.name)
                assert param.in_range(param.default), (part.type, param.name)


def test_json_says_which_ports_a_loss_gives_an_output() -> None:
    losses = {entry["type"]: entry for entry in catalogue_json("zh")["losses"]}
    assert losses["CrossEntropyLoss"]["inputs"] == ["input"]
    assert losses["CrossEntropyLoss"]["target"] is True
    assert losses["KLDivNormal"]["inputs"] == ["mu", "logvar"]
    assert losses["KLDivNormal"]["target"] is False
    assert losses["TripletMarginLoss"]["inputs"] == ["anchor", "positive", "negative"]


def test_every_metric_can_be_computed_for_each_of_its_tasks() -> None:
    for metric, part in METRICS.items():
        for task in part.tasks:
            assert (find_measure(metric, task, Unit()) is None) == ((metric, task) in COUNTS.keys() | SUMS.keys())


def test_a_loss_whose_target_no_column_holds_says_in_both_languages_that_it_is_wired() -> None:
    targets = {loss.target_kind for loss in LOSSES.values()} - {None}
    wired = [loss for loss in LOSSES.values() if loss.target_kind in WIRED_TARGETS]

    assert targets == COLUMN_TARGETS | WIRED_TARGETS.keys()
    assert {loss.type for loss in wired} == {"KLDivLoss", "CTCLoss", "MultiLabelMarginLoss"}
    for loss in wired:
        assert "through a wire" in loss.summary.en
        assert "由连线给出" in loss.summary.zh
