"""What a run does between its first step and its end."""

import json
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.trainer.training.jobs import (
    DIGITS_MLP,
    Layer,
    Trained,
    digits_graph,
    graph,
    output,
    same_tensors,
    train,
    write_job,
)
from trainer.data.prepare import prepare
from trainer.graph.compile import compile_graph
from trainer.graph.document import parse_document
from trainer.training.checkpoint import save_weights
from trainer.training.control import Control
from trainer.training.epoch_order import epoch_order
from trainer.training.session import train_job

NUM_TRAIN = 1437
WITHOUT_DROPOUT = [layer for layer in DIGITS_MLP if layer[0] != "Dropout"]
REGRESSION: list[Layer] = [("Linear", {"out_features": 16}), ("Tanh", {}), ("Linear", {"out_features": 1})]
NUMBERS = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]


def test_digits_are_learnt(tmp_path: Path, digits: Path) -> None:
    config = {"epochs": 12, "optimizer": {"type": "Adam", "params": {"lr": 3e-3}}}
    run = train(write_job(tmp_path / "job", digits_graph(metrics=["accuracy", "f1"]), digits, config))
    assert run.end["status"] == "succeeded"
    assert run.end["test"]["accuracy"] > 0.93
    assert run.end["test"]["f1"] > 0.93
    losses = [epoch["values"]["train/loss"] for epoch in run.epochs()]
    assert losses[-1] < losses[0] / 5


def test_numbers_are_learnt_in_their_own_unit(tmp_path: Path, sample: Callable[[str], Path]) -> None:
    """The best published linear fits of this data set are off by about 44; always saying the mean is off by 66."""
    document = graph(NUMBERS, [10], REGRESSION, {"progression": output("progression", "MSELoss", ["mae", "r2"])})
    config = {"epochs": 40, "optimizer": {"type": "Adam", "params": {"lr": 3e-3}}}
    run = train(write_job(tmp_path / "job", document, sample("diabetes"), config))
    assert 30 < run.end["test"]["mae"] < 55
    assert run.end["test"]["r2"] > 0.25


def test_yes_or_no_is_learnt_from_one_logit(tmp_path: Path, sample: Callable[[str], Path]) -> None:
    manifest = json.loads((sample("breast-cancer") / "manifest.json").read_text())
    columns = [column["name"] for column in manifest["columns"] if column["kind"] == "number"]
    outputs = {"diagnosis": output("diagnosis", "BCEWithLogitsLoss", ["accuracy", "f1"])}
    document = graph(columns, [len(columns)], [("Linear", {"out_features": 1})], outputs)
    config = {"epochs": 20, "optimizer": {"type": "Adam", "params": {"lr": 1e-2}}}
    run = train(write_job(tmp_path / "job", document, sample("breast-cancer"), config))
    assert run.end["test"]["accuracy"] > 0.9
    assert run.end["test"]["f1"] > 0.9


def test_run_equals_the_loop_written_by_hand(tmp_path: Path, digits: Path) -> None:
    document = digits_graph(WITHOUT_DROPOUT)
    config = {"epochs": 2, "batch_size": 100, "seed": 5}
    run = train(write_job(tmp_path / "job", document, digits, config))

    data = prepare(document, digits).splits["train"]
    images, labels = data.inputs["features"], data.targets["label"]
    torch.manual_seed(5)
    compiled = compile_graph(parse_document(document))
    optimizer = torch.optim.Adam(compiled.network.parameters(), fused=True)
    losses = []
    for epoch in range(2):
        for rows in epoch_order(NUM_TRAIN, seed=5, epoch=epoch).split(100):
            loss = nn.functional.cross_entropy(compiled.network(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert list(run.series().values()) == losses
    assert same_tensors(run.weights(), compiled.network.state_dict())


def test_every_step_is_told_once_and_the_last_batch_is_smaller(tmp_path: Path, digits: Path) -> None:
    config = {"epochs": 2, "batch_size": 1000}
    run = train(write_job(tmp_path / "job", digits_graph(), digits, config))
    losses, accuracies = run.series(), run.series("train/accuracy")
    assert sorted(losses) == sorted(accuracies) == [1, 2, 3, 4]
    first = run.epochs()[0]["values"]
    assert first["train/loss"] == pytest.approx((losses[1] * 1000 + losses[2] * 437) / 1437)
    assert first["train/accuracy"] == pytest.approx((accuracies[1] * 1000 + accuracies[2] * 437) / 1437)


def test_batch_size_all_is_one_step_an_epoch_on_every_row(tmp_path: Path, digits: Path) -> None:
    document = digits_graph(WITHOUT_DROPOUT)
    config = {"epochs": 3, "batch_size": "all", "optimizer": {"type": "SGD", "params": {"lr": 0.5}}}
    run = train(write_job(tmp_path / "job", document, digits, config))
    assert sorted(run.series()) == [1, 2, 3]
    data = prepare(document, digits).splits["train"]
    torch.manual_seed(0)
    network = compile_graph(parse_document(document)).network
    whole = nn.functional.cross_entropy(network(data.inputs["features"]), data.targets["label"])
    assert run.series()[1] == pytest.approx(whole.item(), rel=1e-6)


def test_first_point_is_the_first_step(tmp_path: Path, digits: Path) -> None:
    run = train(write_job(tmp_path / "job", digits_graph(), digits, {"epochs": 3}))
    first = next(point for point in run.of_type("point") if "train/loss" in point["values"])
    assert first["step"] == 1
    assert len(first["values"]["train/loss"]) == 1


def test_test_rows_are_judged_with_the_best_weights(tmp_path: Path, digits: Path) -> None:
    """The rate is far too high after the first epochs, so that the last weights are much worse than the best."""
    config = {
        "epochs": 6,
        "optimizer": {"type": "SGD", "params": {"lr": 0.1}},
        "schedule": {"type": "ExponentialLR", "params": {"gamma": 5.0}},
    }
    document = digits_graph(WITHOUT_DROPOUT)
    run = train(write_job(tmp_path / "job", document, digits, config))
    scores = {epoch["step"]: epoch["values"]["val/accuracy"] for epoch in run.epochs()}
    best = max(scores, key=lambda step: scores[step])
    assert scores[best] > list(scores.values())[-1]
    assert run.end["test"]["weights"] == "best"
    assert run.end["test"]["step"] == best
    assert [event["step"] for event in run.of_type("checkpoint") if "best" in event["kinds"]][-1] == best

    compiled = compile_graph(parse_document(document))
    compiled.network.load_state_dict(run.weights("best"))
    test = prepare(document, digits).splits["test"]
    right = compiled.network(test.transforms["features"](test.inputs["features"])).argmax(1) == test.targets["label"]
    assert run.end["test"]["accuracy"] == pytest.approx(right.double().mean().item())


def test_several_outputs_learn_together_with_their_own_losses_and_weights(
    tmp_path: Path, sample: Callable[[str], Path]
) -> None:
    features = ["sepal_length_cm", "sepal_width_cm", "petal_length_cm"]
    document = graph(features, [3], [("Linear", {"out_features": 8}), ("Tanh", {})], {})
    document["nodes"] += [
        {"id": "a", "name": "scores", "type": "Linear", "params": {"out_features": 3}, "position": [0, 0]},
        {"id": "b", "name": "width", "type": "Linear", "params": {"out_features": 1}, "position": [0, 0]},
        {"id": "o", "name": "species", "type": "Output", "position": [0, 0]}
        | {"params": output("species", "CrossEntropyLoss", ["accuracy"])},
        {"id": "p", "name": "petal", "type": "Output", "position": [0, 0]}
        | {"params": output("petal_width_cm", "L1Loss", ["mae"], loss_weight=0.5)},
    ]
    wires = [("n2", "a"), ("n2", "b"), ("a", "o"), ("b", "p")]
    document["edges"] += [
        {"id": f"w{number}", "source": source, "source_port": "output", "target": target, "target_port": "input"}
        for number, (source, target) in enumerate(wires)
    ]
    config = {"epochs": 30, "optimizer": {"type": "Adam", "params": {"lr": 1e-2}}}
    run = train(write_job(tmp_path / "job", document, sample("iris"), config))
    assert run.end["status"] == "succeeded", run.end
    assert run.end["test"]["species/accuracy"] > 0.8
    assert run.end["test"]["petal/mae"] < 0.4
    total, species, petal = (run.series(f"train/{name}")[1] for name in ("loss", "species/loss", "petal/loss"))
    assert total == pytest.approx(species + 0.5 * petal)

    override = config | {"loss_weights": {"species": 0.0}}
    other = train(write_job(tmp_path / "override", document, sample("iris"), override))
    assert other.series()[1] == pytest.approx(0.5 * petal)
    unknown = train(write_job(tmp_path / "unknown", document, sample("iris"), {"loss_weights": {"colour": 1.0}}))
    assert unknown.end["error"]["code"] == "training.unknown_output"


@pytest.mark.parametrize(("request_", "status"), [("pause", "paused"), ("hand_back", "handed_back")])
def test_stopped_run_leaves_a_checkpoint_of_its_last_step(
    tmp_path: Path, digits: Path, request_: Any, status: str
) -> None:
    run = train(write_job(tmp_path / "job", digits_graph(), digits, {"epochs": 1000}), Control(request_))
    assert run.end["status"] == status
    assert [event["type"] for event in run.events[-2:]] == ["checkpoint", "end"]
    assert run.of_type("checkpoint")[-1]["step"] == max(run.series())


def test_cancelled_run_ends_at_once_and_tells_every_step_before(tmp_path: Path, digits: Path) -> None:
    job = write_job(tmp_path / "job", digits_graph(), digits, {"epochs": 100_000})
    control = Control()
    events: list[dict[str, Any]] = []

    def emit(event: Mapping[str, Any]) -> None:
        events.append(dict(event))
        if event["type"] == "epoch":
            control.requested = "cancel"

    assert train_job(job, emit, control) == "cancelled"
    run = Trained(job, events)
    assert run.end["status"] == "cancelled"
    assert sorted(run.series()) == list(range(1, max(run.series()) + 1))
    assert max(run.series()) >= run.of_type("epoch")[-1]["step"]


def test_loss_that_is_no_number_stops_the_run_with_step_and_cause(
    tmp_path: Path, sample: Callable[[str], Path]
) -> None:
    document = graph(NUMBERS, [10], REGRESSION[::2], {"progression": output("progression", "MSELoss", ["mae"])})
    config = {"epochs": 50, "optimizer": {"type": "SGD", "params": {"lr": 1000.0}}}
    run = train(write_job(tmp_path / "job", document, sample("diabetes"), config))
    assert run.end["status"] == "failed"
    error = run.end["error"]
    assert error["code"] == "training.loss_not_finite_growing"
    step = int(error["fields"]["step"])
    assert f"at step {step} " in error["message"]
    losses = run.series()
    assert all(isfinite(losses[at]) for at in range(1, step))
    assert not isfinite(losses[step])
    assert max(losses) < 50 * 12


def test_failing_layer_is_named_with_its_traceback(tmp_path: Path, digits: Path) -> None:
    """A batch of one row cannot be normalised; the last batch of this split is one."""
    layers: list[Layer] = [("Flatten", {}), ("BatchNorm1d", {}), ("Linear", {"out_features": 10})]
    run = train(write_job(tmp_path / "job", digits_graph(layers), digits, {"batch_size": NUM_TRAIN - 1}))
    assert run.end["status"] == "failed"
    error = run.end["error"]
    assert error["code"] == "training.node_failed"
    assert error["node"] == "n2"
    assert "layer1" in error["message"]
    assert "Expected more than 1 value per channel" in error["traceback"]


def test_continued_run_begins_with_the_weights_and_an_optimizer_of_its_own(tmp_path: Path, digits: Path) -> None:
    config = {"epochs": 5, "optimizer": {"type": "Adam", "params": {"lr": 3e-3}}}
    parent = train(write_job(tmp_path / "parent", digits_graph(WITHOUT_DROPOUT), digits, config))
    place = str(tmp_path / "parent" / parent.of_type("checkpoint")[-1]["path"])
    config = {"epochs": 1, "batch_size": "all", "optimizer": {"type": "Adam", "params": {"lr": 1e-4}}}
    jobs = {
        carry: write_job(
            tmp_path / carry, digits_graph(WITHOUT_DROPOUT), digits, config, initial_weights=place, carry=carry
        )
        for carry in ("weights", "all")
    }
    runs = {carry: train(job) for carry, job in jobs.items()}
    last = parent.epochs()[-1]["values"]["train/loss"]
    for run in runs.values():
        assert min(run.series()) == 1
        assert run.series()[1] < last
        assert run.series("rate")[1] == 1e-4
    assert not same_tensors(runs["weights"].weights(), runs["all"].weights())


def test_an_edited_graph_goes_on_with_the_weights_that_fit(tmp_path: Path, digits: Path) -> None:
    """Another width in the middle, and a layer more: what was carried and what not is told."""
    parent = train(write_job(tmp_path / "parent", digits_graph(WITHOUT_DROPOUT), digits, {"epochs": 1}))
    place = str(tmp_path / "parent" / parent.of_type("checkpoint")[-1]["path"])
    edited = digits_graph([*WITHOUT_DROPOUT[:-1], ("Linear", {"out_features": 12}), ("Linear", {"out_features": 10})])
    still = {"epochs": 1, "optimizer": {"type": "SGD", "params": {"lr": 1e-30}}}
    run = train(write_job(tmp_path / "edited", edited, digits, still, initial_weights=place))
    assert run.end["status"] == "succeeded"
    assert run.weights()["layer1.weight"].equal(parent.weights()["layer1.weight"])
    carried = run.of_type("started")[0]["carried"]
    assert carried == {
        "taken": ["layer1.weight", "layer1.bias"],
        "fresh": ["layer4.weight", "layer4.bias"],
        "reshaped": ["layer3.weight", "layer3.bias"],
        "unused": [],
    }
    (told,) = (event for event in run.of_type("log") if event["code"] == "training.carried_some")
    assert "layer4.weight" in told["message"]
    whole = train(write_job(tmp_path / "all", edited, digits, still, initial_weights=place, carry="all"))
    assert whole.end["error"]["code"] == "training.optimizer_mismatch"


def test_weights_of_which_none_fits_are_refused(tmp_path: Path, digits: Path) -> None:
    parent = train(write_job(tmp_path / "parent", digits_graph(), digits, {"epochs": 1}))
    place = str(tmp_path / "parent" / parent.of_type("checkpoint")[-1]["path"])
    other = digits_graph([("Flatten", {}), ("Linear", {"out_features": 10})])
    run = train(write_job(tmp_path / "other", other, digits, {"epochs": 1}, initial_weights=place))
    assert run.end["error"]["code"] == "training.weights_mismatch"


def test_bfloat16_learns_too(tmp_path: Path, digits: Path) -> None:
    config = {"epochs": 8, "precision": "bfloat16", "optimizer": {"type": "Adam", "params": {"lr": 3e-3}}}
    run = train(write_job(tmp_path / "job", digits_graph(), digits, config))
    assert run.end["test"]["accuracy"] > 0.9
    assert all(tensor.dtype == torch.float32 for tensor in run.weights().values())


def test_imported_weights_are_taken_where_they_fit(tmp_path: Path, digits: Path) -> None:
    """A model of another program, with a head for other classes, begins with its body and a new head."""
    torch.manual_seed(5)
    body = torch.randn(32, 64)
    given = {"layer1.weight": body, "layer3.weight": torch.zeros(7, 32), "elsewhere.bias": torch.zeros(3)}
    save_weights(given, tmp_path / "weights.safetensors")
    config = {"epochs": 1, "optimizer": {"type": "SGD", "params": {"lr": 1e-30}}}
    given_path = str(tmp_path / "weights.safetensors")
    run = train(write_job(tmp_path / "job", digits_graph(WITHOUT_DROPOUT), digits, config, imported_weights=given_path))
    weights = run.weights()
    assert torch.equal(weights["layer1.weight"], body)
    assert weights["layer3.weight"].shape == (10, 32)
    assert weights["layer3.weight"].abs().sum() > 0


def test_imported_weights_of_which_none_fits_are_refused(tmp_path: Path, digits: Path) -> None:
    save_weights({"elsewhere.bias": torch.zeros(3)}, tmp_path / "weights.safetensors")
    job = write_job(
        tmp_path / "job", digits_graph(), digits, {"epochs": 1}, imported_weights=str(tmp_path / "weights.safetensors")
    )
    end = train(job).end
    assert (end["status"], end["error"]["code"]) == ("failed", "training.weights_mismatch")
