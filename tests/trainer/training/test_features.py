"""What a run can be told besides the basics: that each does what it says, and that a stopped run goes on exactly."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.training.jobs import (
    Layer,
    assert_same_from,
    digits_graph,
    graph,
    output,
    resume,
    same_tensors,
    train,
    write_job,
)
from trainer.training.checkpoint import read_checkpoint
from trainer.training.control import Control
from trainer.training.session import train_job

PLAIN: tuple[Layer, ...] = (
    ("Flatten", {}),
    ("Linear", {"out_features": 32}),
    ("ReLU", {}),
    ("Linear", {"out_features": 10}),
)
NORMED: tuple[Layer, ...] = (
    ("Conv2d", {"out_channels": 4, "kernel_size": 3}),
    ("BatchNorm2d", {}),
    ("ReLU", {}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
)
SGD = {"type": "SGD", "params": {"lr": 0.1, "momentum": 0.9}}


def config(**more: Any) -> dict[str, Any]:
    return {"epochs": 3, "batch_size": 120, "seed": 3, "checkpoint": {"every_steps": 5}, **more}


def run(place: Path, digits: Path, layers: tuple[Layer, ...] = PLAIN, **more: Any) -> Any:
    made = train(write_job(place, digits_graph(layers), digits, config(**more)))
    assert made.end["status"] == "succeeded", made.end
    return made


EXACT: dict[str, dict[str, Any]] = {
    "bfloat16": {"precision": "bfloat16"},
    "float16": {"precision": "float16"},
    "averaging": {"averaging": {"decay": 0.9}},
    "accumulation": {"gradients": {"accumulate": 3}, "batch_size": 40},
    "clipping": {"gradients": {"clip_norm": 0.5, "clip_value": 0.1}},
    "augmentation": {
        "augmentation": {
            "flip": True,
            "flip_vertical": True,
            "shift": 0.1,
            "rotate": 10,
            "zoom": 0.1,
            "brightness": 0.2,
            "contrast": 0.2,
            "erase": 0.3,
        }
    },
    "rates": {"rates": {"layer1": 0.1, "layer3": 2.0}, "decay": "weights", "optimizer": {"type": "AdamW"}},
    "frozen": {"frozen": ["layer1"]},
    "balanced": {"class_weights": {"label": "balanced"}},
    "deterministic": {"deterministic": True},
    "patience": {"early_stopping": {"patience": 2, "min_delta": 0.001}},
    "rates and a cycle": {
        "rates": {"layer1": 0.1},
        "optimizer": SGD,
        "schedule": {"type": "OneCycleLR", "params": {"max_lr": 0.2}, "every": "step"},
    },
    "muon with rates": {
        "optimizer": {"type": "Muon", "params": {"lr": 0.02}},
        "rates": {"layer1": 0.5},
        "decay": "weights",
    },
    "all at once": {
        "precision": "float16",
        "averaging": {"decay": 0.95},
        "gradients": {"accumulate": 2, "clip_norm": 1.0},
        "batch_size": 60,
        "augmentation": {"shift": 0.1},
        "decay": "weights",
        "optimizer": {"type": "AdamW"},
        "early_stopping": {"patience": 10},
    },
}


@pytest.fixture(autouse=True)
def _leave_deterministic_mode() -> Any:
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("name", EXACT)
def test_stopped_run_goes_on_exactly(tmp_path: Path, digits: Path, name: str) -> None:
    whole = run(tmp_path / "whole", digits, **EXACT[name])
    for step in (5, 20):
        assert_same_from(whole, resume(whole, step, tmp_path / f"from-{step}"), step)


@pytest.mark.parametrize("name", EXACT)
def test_each_still_learns(tmp_path: Path, digits: Path, name: str) -> None:
    more = EXACT[name] | {"epochs": 20}
    assert run(tmp_path / "job", digits, **more).end["test"]["accuracy"] > 0.6


def test_accumulated_parts_are_one_larger_batch(tmp_path: Path, digits: Path) -> None:
    large = run(tmp_path / "large", digits, optimizer=SGD, epochs=1)
    parts = run(tmp_path / "parts", digits, optimizer=SGD, epochs=1, batch_size=40, gradients={"accumulate": 3})
    assert parts.series().keys() == large.series().keys()
    for one, other in zip(parts.series().values(), large.series().values(), strict=True):
        assert one == pytest.approx(other, abs=2e-6)
    assert parts.series("train/accuracy") == large.series("train/accuracy")


def test_clipping_shortens_the_first_step(tmp_path: Path, digits: Path) -> None:
    """Plain gradient descent moves by rate times gradient: clipped to 0.01, by 0.1 * 0.01 at most."""
    plain = {"type": "SGD", "params": {"lr": 0.1}}
    more: dict[str, Any] = {"optimizer": plain, "epochs": 1, "batch_size": "all", "checkpoint": {"every_steps": 1}}
    start = run(tmp_path / "start", digits, **more | {"optimizer": {"type": "SGD", "params": {"lr": 1e-30}}})
    clipped = run(tmp_path / "clipped", digits, **more, gradients={"clip_norm": 0.01})
    moved = torch.sqrt(sum((clipped.weights()[n] - w).square().sum() for n, w in start.weights().items()))
    assert float(moved) == pytest.approx(0.001, rel=1e-3)
    norm = clipped.series("gradient_norm")[1]
    assert norm > 0.01
    assert start.series("gradient_norm")[1] == pytest.approx(norm)


def test_average_is_what_is_stored_and_tested(tmp_path: Path, digits: Path) -> None:
    plain = run(tmp_path / "plain", digits, NORMED, epochs=1, checkpoint={"every_steps": 1})
    averaged = run(tmp_path / "averaged", digits, NORMED, epochs=1, averaging={"decay": 0.5})
    steps = [read_checkpoint(plain.directory / f"checkpoints/step-{step}").weights for step in range(1, 13)]
    expected = steps[0]["layer0.weight"]
    for weights in steps[1:]:
        expected = 0.5 * expected + 0.5 * weights["layer0.weight"]
    assert torch.allclose(averaged.weights()["layer0.weight"], expected, atol=1e-6)
    assert averaged.series() == plain.series()
    assert averaged.end["test"] != plain.end["test"]


def test_early_stopping_ends_the_run(tmp_path: Path, digits: Path) -> None:
    made = run(tmp_path / "job", digits, epochs=50, early_stopping={"patience": 2, "min_delta": 0.2})
    assert made.end["ended_by"] == "early_stopping"
    assert 3 <= len(made.epochs()) < 20
    assert made.end["test"] is not None


def test_time_over_ends_it_evaluated_and_stored(tmp_path: Path, digits: Path) -> None:
    made = run(tmp_path / "job", digits, epochs=100_000, limits={"minutes": 0.01}, checkpoint={})
    assert made.end["ended_by"] == "time"
    assert made.end["test"]["accuracy"] > 0.5
    assert made.of_type("checkpoint")[-1]["step"] == max(made.series())


def test_too_much_memory_fails_with_a_sentence(tmp_path: Path, digits: Path) -> None:
    settings = config(epochs=100_000, limits={"gigabytes": 0.001})
    end = train(write_job(tmp_path / "job", digits_graph(PLAIN), digits, settings)).end
    assert end["error"]["code"] == "training.memory_limit"


def test_frozen_nodes_and_slow_nodes(tmp_path: Path, digits: Path) -> None:
    """With plain gradient descent a node of rate 0.5 moves half as far in the first step, a frozen one not at all."""
    plain = {"type": "SGD", "params": {"lr": 0.1}}
    more: dict[str, Any] = {"optimizer": plain, "epochs": 1, "batch_size": "all", "checkpoint": {"every_steps": 1}}
    start = run(tmp_path / "start", digits, **more | {"optimizer": {"type": "SGD", "params": {"lr": 1e-30}}}).weights()
    whole = run(tmp_path / "whole", digits, **more).weights()
    slow = run(tmp_path / "slow", digits, **more, rates={"layer1": 0.5}).weights()
    frozen = run(tmp_path / "frozen", digits, **more, frozen=["layer1"]).weights()
    half = start["layer1.weight"] + (whole["layer1.weight"] - start["layer1.weight"]) / 2
    assert torch.allclose(slow["layer1.weight"], half, atol=1e-7)
    assert slow["layer3.weight"].equal(whole["layer3.weight"])
    assert frozen["layer1.weight"].equal(start["layer1.weight"])
    assert not frozen["layer3.weight"].equal(start["layer3.weight"])


def test_decay_leaves_out_biases_and_norms(tmp_path: Path, digits: Path) -> None:
    """With a rate so small that only the decay, which is its product with 1e20, moves anything."""
    decayed = {"type": "SGD", "params": {"lr": 1e-30, "weight_decay": 1e29}}
    more: dict[str, Any] = {"epochs": 1, "batch_size": "all", "checkpoint": {"every_steps": 1}}
    all_of_them = run(tmp_path / "all", digits, NORMED, **more, optimizer=decayed).weights()
    weights = run(tmp_path / "weights", digits, NORMED, **more, optimizer=decayed, decay="weights").weights()
    assert all_of_them["layer1.weight"].eq(0.9).all()
    assert weights["layer1.weight"].eq(1).all()
    assert weights["layer0.weight"].equal(all_of_them["layer0.weight"])


def test_kept_checkpoints_are_marked_and_pruned(tmp_path: Path, digits: Path) -> None:
    settings = config(epochs=8, checkpoint={"every_epochs": 2, "keep": 2, "every_seconds": None})
    events: list[Any] = []
    train_job(write_job(tmp_path / "job", digits_graph(PLAIN), digits, settings), events.append, Control(), alone=True)
    kept = [event["epoch"] for event in events if event["type"] == "checkpoint" and "kept" in event["kinds"]]
    assert kept == [2, 4, 6, 8]
    left = {int(place.name.removeprefix("step-")) for place in (tmp_path / "job/checkpoints").glob("step-*")}
    assert {6 * 12, 8 * 12} <= left
    assert len(left) <= 3


def test_class_weights_decide_which_mistakes_are_made(tmp_path: Path, sample: Any) -> None:
    """Where one class counts 50 times as much, nearly all is taken for it."""
    columns = ["mean_radius", "mean_texture"]
    layers: list[Layer] = [("Linear", {"out_features": 2})]
    document = graph(columns, [2], layers, {"diagnosis": output("diagnosis", "CrossEntropyLoss", ["accuracy"])})
    job: dict[str, Any] = {"epochs": 20, "optimizer": {"type": "Adam", "params": {"lr": 0.05}}}
    job["class_weights"] = {"diagnosis": [1.0, 50.0]}
    skewed = train(write_job(tmp_path / "skewed", document, sample("breast-cancer"), job))
    job["class_weights"] = {"diagnosis": "balanced"}
    balanced = train(write_job(tmp_path / "balanced", document, sample("breast-cancer"), job))
    assert balanced.end["test"]["accuracy"] > skewed.end["test"]["accuracy"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"rates": {"nowhere": 0.1}}, "training.unknown_node"),
    ({"frozen": ["nowhere"]}, "training.unknown_node"),
    ({"frozen": ["layer1", "layer3"]}, "training.no_parameters"),
    ({"rates": {"layer1": 0.1}, "optimizer": {"type": "LBFGS"}}, "training.no_groups"),
    ({"precision": "float16", "optimizer": {"type": "LBFGS"}}, "training.no_scaling"),
    ({"class_weights": {"nothing": "balanced"}}, "training.unknown_output"),
    ({"class_weights": {"label": [1.0, 2.0]}}, "training.class_weights_count"),
]


@pytest.mark.parametrize(("more", "code"), REFUSED)
def test_what_cannot_be_is_refused(tmp_path: Path, digits: Path, more: dict[str, Any], code: str) -> None:
    end = train(write_job(tmp_path / "job", digits_graph(PLAIN), digits, config(**more))).end
    assert end["error"]["code"] == code, end


def test_images_are_needed_to_change_them(tmp_path: Path, sample: Any) -> None:
    numbers = ["sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm"]
    document = graph(numbers, [4], [("Linear", {"out_features": 3})], {"s": output("species", "CrossEntropyLoss")})
    end = train(write_job(tmp_path / "job", document, sample("iris"), config(augmentation={"flip": True}))).end
    assert end["error"]["code"] == "training.no_images", end


def test_the_same_run_twice_is_the_same(tmp_path: Path, digits: Path) -> None:
    one = run(tmp_path / "one", digits, **EXACT["all at once"])
    other = run(tmp_path / "other", digits, **EXACT["all at once"])
    assert same_tensors(one.weights(), other.weights())
