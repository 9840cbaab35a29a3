"""The settings of a run: what is taken, what is refused and where, and the forms they make."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from trainer.errors import UserError
from trainer.methods.catalogue import OPTIMIZERS, SCHEDULES
from trainer.training.config import RunConfig, config_schema, parse_config

FULL: dict[str, Any] = {
    "epochs": 3,
    "batch_size": "all",
    "optimizer": {"type": "SGD", "params": {"lr": 0.1, "momentum": 0.9}},
    "schedule": {"type": "StepLR", "params": {"step_size": 2, "gamma": 0.5}, "every": "step", "warmup": 3},
    "decay": "weights",
    "frozen": ["conv1"],
    "rates": {"conv2": 0.1},
    "gradients": {"accumulate": 4, "clip_norm": 1.0, "clip_value": 0.5},
    "averaging": {"decay": 0.99},
    "early_stopping": {"patience": 2, "min_delta": 0.01},
    "augmentation": {
        "flip": True,
        "flip_vertical": True,
        "shift": 0.1,
        "rotate": 15.0,
        "zoom": 0.2,
        "brightness": 0.3,
        "contrast": 0.4,
        "erase": 0.5,
    },
    "seed": 7,
    "deterministic": True,
    "precision": "bfloat16",
    "recompute": "blocks",
    "device": "cpu",
    "checkpoint": {"every_epochs": 2, "keep": 4, "every_seconds": None, "every_steps": 100, "best_by": "loss"},
    "limits": {"minutes": 30.0, "gigabytes": 2.0},
    "parallel": {"kind": "data", "processes": 2, "machines": 1},
    "loss_weights": {"label": 0.5},
    "class_weights": {"label": [1.0, 2.0], "other": "balanced"},
}


def test_nothing_given_is_a_whole_config() -> None:
    assert parse_config({}) == RunConfig()
    assert RunConfig().to_json()["optimizer"] == {"type": "Adam", "params": {}}


def test_config_survives_json() -> None:
    config = parse_config(FULL)
    assert config.to_json() == FULL
    assert parse_config(config.to_json()) == config
    assert parse_config(RunConfig().to_json()) == RunConfig()


REFUSED: list[tuple[Any, str, str]] = [
    ([], "config", "training.config_not_an_object"),
    ({"epoch": 3}, "config.epoch", "training.unknown_key"),
    ({"epochs": 0}, "config.epochs", "training.out_of_range"),
    ({"epochs": 2.5}, "config.epochs", "training.wrong_type"),
    ({"epochs": True}, "config.epochs", "training.wrong_type"),
    ({"epochs": 10**30}, "config.epochs", "training.wrong_type"),
    ({"batch_size": "some"}, "config.batch_size", "training.wrong_type"),
    ({"batch_size": -1}, "config.batch_size", "training.out_of_range"),
    ({"seed": None}, "config.seed", "training.wrong_type"),
    ({"decay": "none"}, "config.decay", "training.wrong_type"),
    ({"frozen": "conv1"}, "config.frozen", "training.wrong_type"),
    ({"rates": {"conv1": -1}}, "config.rates.conv1", "training.out_of_range"),
    ({"gradients": None}, "config.gradients", "training.config_not_an_object"),
    ({"gradients": {"accumulate": 0}}, "config.gradients.accumulate", "training.out_of_range"),
    ({"gradients": {"clip_norm": 0}}, "config.gradients.clip_norm", "training.out_of_range"),
    ({"averaging": {"decay": 1}}, "config.averaging.decay", "training.out_of_range"),
    ({"early_stopping": {"patience": None}}, "config.early_stopping.patience", "training.wrong_type"),
    ({"augmentation": {"spin": 1}}, "config.augmentation.spin", "training.unknown_key"),
    ({"augmentation": {"shift": 0.6}}, "config.augmentation.shift", "training.out_of_range"),
    ({"limits": {"minutes": 0}}, "config.limits.minutes", "training.out_of_range"),
    ({"parallel": {"kind": "model"}}, "config.parallel.kind", "training.wrong_type"),
    ({"parallel": {"processes": 0}}, "config.parallel.processes", "training.out_of_range"),
    ({"class_weights": {"label": "rare"}}, "config.class_weights.label", "training.wrong_type"),
    ({"class_weights": {"label": [1]}}, "config.class_weights.label", "training.out_of_range"),
    ({"class_weights": {"label": [1, -1]}}, "config.class_weights.label", "training.out_of_range"),
    ({"precision": "float8"}, "config.precision", "training.wrong_type"),
    ({"optimizer": {"params": {}}}, "config.optimizer", "training.missing_key"),
    ({"optimizer": {"type": "__import__"}}, "config.optimizer.type", "training.unknown_type"),
    ({"optimizer": {"type": ["Adam"]}}, "config.optimizer.type", "training.unknown_type"),
    ({"optimizer": {"type": "Adam", "lr": 1}}, "config.optimizer.lr", "training.unknown_key"),
    ({"optimizer": {"type": "Adam", "params": {"lr": "fast"}}}, "config.optimizer.params.lr", "training.wrong_type"),
    ({"optimizer": {"type": "Adam", "params": {"lr": 0}}}, "config.optimizer.params.lr", "training.out_of_range"),
    (
        {"optimizer": {"type": "Adam", "params": {"lr": float("nan")}}},
        "config.optimizer.params.lr",
        "training.wrong_type",
    ),
    (
        {"optimizer": {"type": "Adam", "params": {"momentum": 0.9}}},
        "config.optimizer.params.momentum",
        "training.unknown_key",
    ),
    (
        {"optimizer": {"type": "Adam", "params": {"betas": [0.9]}}},
        "config.optimizer.params.betas",
        "training.out_of_range",
    ),
    (
        {"optimizer": {"type": "Adam", "params": {"betas": [0.9, 1]}}},
        "config.optimizer.params.betas",
        "training.out_of_range",
    ),
    (
        {"optimizer": {"type": "SGD", "params": {"nesterov": True}}},
        "config.optimizer.params.nesterov",
        "training.out_of_range",
    ),
    ({"schedule": {"type": "StepLR"}}, "config.schedule.params", "training.missing_key"),
    (
        {"schedule": {"type": "StepLR", "params": {"step_size": 1}, "every": "day"}},
        "config.schedule.every",
        "training.wrong_type",
    ),
    ({"checkpoint": {"every_seconds": 0}}, "config.checkpoint.every_seconds", "training.out_of_range"),
    ({"checkpoint": {"often": 1}}, "config.checkpoint.often", "training.unknown_key"),
    ({"loss_weights": {"label": "much"}}, "config.loss_weights.label", "training.wrong_type"),
    ({"loss_weights": {"label": -1}}, "config.loss_weights.label", "training.out_of_range"),
]


UNSHAREABLE: list[tuple[Any, str, str]] = [
    ({"parallel": {"processes": 33}}, "config.parallel.processes", "training.parallel_rows"),
    ({"parallel": {"processes": 11, "machines": 3}}, "config.parallel.processes", "training.parallel_rows"),
    ({"parallel": {"machines": 33}}, "config.parallel.processes", "training.parallel_rows"),
    ({"parallel": {}, "optimizer": {"type": "LBFGS"}}, "config.optimizer.type", "training.parallel_optimizer"),
    ({"parallel": {}, "optimizer": {"type": "SparseAdam"}}, "config.optimizer.type", "training.parallel_optimizer"),
    (
        {"parallel": {"kind": "sharded"}, "optimizer": {"type": "Muon"}},
        "config.optimizer.type",
        "training.parallel_optimizer",
    ),
    ({"parallel": {"kind": "sharded"}, "averaging": {}}, "config.parallel", "training.sharded_averaging"),
    ({"parallel": {"kind": "sharded"}, "precision": "float16"}, "config.parallel", "training.sharded_float16"),
]


@pytest.mark.parametrize(("given", "path", "code"), [*REFUSED, *UNSHAREABLE])
def test_what_is_wrong_is_refused_where_it_is(given: Any, path: str, code: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_config(given, path="config")
    assert (refused.value.path, refused.value.code) == (path, code)
    assert refused.value.message("zh") != refused.value.message("en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_schema_describes_what_is_taken(language: str) -> None:
    schema = config_schema(language)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for config in (FULL, {}, RunConfig().to_json()):
        validator.validate(config)
    for given, _, code in REFUSED:
        if isinstance(given, dict) and "nesterov" not in str(given) and "nan" not in str(given):
            assert not validator.is_valid(given) or given.get("epochs") == 10**30, (given, code)


def test_schema_speaks_both_languages_and_gives_every_default() -> None:
    english, chinese = config_schema("en"), config_schema("zh")
    assert english["properties"]["epochs"]["title"] == "Epochs"
    assert chinese["properties"]["epochs"]["title"] == "轮数"
    for name, field in english["properties"].items():
        assert "default" in field, name
        assert field["title"], name
    defaults = {name: field["default"] for name, field in english["properties"].items()}
    assert parse_config(defaults) == RunConfig()


def test_every_optimizer_and_schedule_is_a_choice_of_the_form() -> None:
    properties = config_schema()["properties"]
    assert [one["properties"]["type"]["const"] for one in properties["optimizer"]["oneOf"]] == list(OPTIMIZERS)
    offered = [one["properties"]["type"]["const"] for one in properties["schedule"]["oneOf"] if "properties" in one]
    assert offered == list(SCHEDULES)


def test_a_number_that_no_float_can_hold_is_refused() -> None:
    with pytest.raises(UserError) as refused:
        parse_config({"optimizer": {"type": "SGD", "params": {"lr": 10**400}}})
    assert (refused.value.code, refused.value.path) == ("training.wrong_type", "optimizer.params.lr")


@pytest.mark.parametrize(
    "config", [{"optimizer": {"type": "x" * 9999}}, {"x" * 9999: 1}, {"optimizer": {"y" * 9999: 1}}]
)
def test_what_is_refused_is_told_in_a_sentence_of_bounded_length(config: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        parse_config(config)
    assert len(refused.value.message()) + len(refused.value.path) < 700
