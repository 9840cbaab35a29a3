"""Every loss learns on data it suits, in a run of its own, and stopped in the middle goes on as if nothing had been."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.graph.documents import node
from tests.trainer.training.jobs import assert_same_from, resume, train, write_job
from tests.trainer.training.tiny import NUMBERS, build_tiny, dense, end, tiny_graph
from trainer.methods.catalogue import LOSSES
from trainer.training.checkpoint import load_weights

LOGS = node("logs", "LogSoftmax", dim=1)
CLASS_SCORES = dense("last", 3)
ONE_SCORE = dense("last", 1)


def over(last: dict[str, Any], loss: str, column: str, **more: Any) -> dict[str, Any]:
    """One layer after the hidden one, then the Output."""
    return tiny_graph([last, end("out", loss, column, **more)], "h>last last>out")


def through(last: dict[str, Any], after: dict[str, Any], loss: str, column: str, **more: Any) -> dict[str, Any]:
    """Likewise with an activation between."""
    wires = f"h>last last>{after['id']} {after['id']}>out"
    return tiny_graph([last, after, end("out", loss, column, **more)], wires)


def two(loss: str, width: int, ports: tuple[str, str], column: str | None, **more: Any) -> dict[str, Any]:
    """Two layers side by side, each into a port of its own."""
    nodes = [dense("one", width), dense("two", width), end("out", loss, column, **more)]
    return tiny_graph(nodes, f"h>one h>two one>out.{ports[0]} two>out.{ports[1]}")


def triplet(loss: str, **params: Any) -> dict[str, Any]:
    nodes = [dense(name, 3) for name in ("one", "two", "three")] + [end("out", loss, loss_params=params)]
    return tiny_graph(nodes, "h>one h>two h>three one>out.anchor two>out.positive three>out.negative")


def words_to_read() -> dict[str, Any]:
    """Five steps of four symbols each; the target are the two categories, whose numbers begin with 1."""
    nodes = [
        node("said", "Input", columns=["kind", "yes"], shape=[2], dtype="int64"),
        dense("last", 20),
        node("steps", "Reshape", shape=[5, 4]),
        node("logs", "LogSoftmax", dim=-1),
        end("out", "CTCLoss"),
    ]
    return tiny_graph(nodes, "h>last last>steps steps>logs logs>out said>out.target")


def taught() -> dict[str, Any]:
    """The target is what a frozen network says."""
    nodes = [CLASS_SCORES, LOGS, dense("teacher", 3, frozen=True), node("said", "Softmax", dim=1)]
    nodes.append(end("out", "KLDivLoss", loss_params={"reduction": "batchmean"}))
    return tiny_graph(nodes, "h>last last>logs logs>out x>teacher teacher>said said>out.target")


def labels_from_a_wire() -> dict[str, Any]:
    """Whether each of the four numbers is above a half."""
    return tiny_graph([dense("last", 4), end("out", "MultiLabelMarginLoss")], "h>last last>out x>out.target")


GRAPHS: Mapping[str, dict[str, Any]] = {
    "CrossEntropyLoss": over(CLASS_SCORES, "CrossEntropyLoss", "kind", metrics=["accuracy", "auroc", "perplexity"]),
    "NLLLoss": through(CLASS_SCORES, LOGS, "NLLLoss", "kind", metrics=["accuracy", "mcc"]),
    "MultiMarginLoss": over(CLASS_SCORES, "MultiMarginLoss", "kind", metrics=["top5_accuracy", "recall"]),
    "BCEWithLogitsLoss": over(ONE_SCORE, "BCEWithLogitsLoss", "yes", metrics=["accuracy", "f1"], threshold=0.4),
    "BCELoss": through(ONE_SCORE, node("share", "Sigmoid"), "BCELoss", "yes", metrics=["accuracy", "auroc"]),
    "MultiLabelSoftMarginLoss": over(ONE_SCORE, "MultiLabelSoftMarginLoss", "yes", metrics=["balanced_accuracy"]),
    "MultiLabelMarginLoss": labels_from_a_wire(),
    "SoftMarginLoss": over(ONE_SCORE, "SoftMarginLoss", "yes", metrics=["accuracy", "precision"]),
    "CTCLoss": words_to_read(),
    "MSELoss": over(ONE_SCORE, "MSELoss", "price", metrics=["mae", "rmse", "mape", "r2"]),
    "L1Loss": over(ONE_SCORE, "L1Loss", "price", metrics=["explained_variance"]),
    "HuberLoss": over(ONE_SCORE, "HuberLoss", "price"),
    "SmoothL1Loss": over(ONE_SCORE, "SmoothL1Loss", "price"),
    "PoissonNLLLoss": over(ONE_SCORE, "PoissonNLLLoss", "visits", metrics=["mae"], loss_params={"full": True}),
    "GaussianNLLLoss": tiny_graph(
        [ONE_SCORE, dense("doubt", 1), node("positive", "Softplus"), end("out", "GaussianNLLLoss", "price")],
        "h>last h>doubt doubt>positive last>out positive>out.var",
    ),
    "KLDivLoss": taught(),
    "HingeEmbeddingLoss": through(
        ONE_SCORE, node("apart", "Softplus"), "HingeEmbeddingLoss", "yes", metrics=["accuracy"]
    ),
    "CosineEmbeddingLoss": two("CosineEmbeddingLoss", 4, ("input1", "input2"), "yes"),
    "MarginRankingLoss": two("MarginRankingLoss", 1, ("input1", "input2"), "yes", loss_params={"margin": 0.5}),
    "TripletMarginLoss": triplet("TripletMarginLoss"),
    "TripletMarginWithDistanceLoss": triplet("TripletMarginWithDistanceLoss", distance_function="cosine"),
    "KLDivNormal": two("KLDivNormal", 3, ("mu", "logvar"), None),
    "Penalty": tiny_graph([dense("last", 4), node("size", "ReLU"), end("out", "Penalty")], "h>last last>size size>out"),
}
BETTER_THAN = {"accuracy": 0.8, "auroc": 0.85, "balanced_accuracy": 0.8, "mae": 30.0}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("tiny"))


def config(**more: Any) -> dict[str, Any]:
    optimizer = {"type": "Adam", "params": {"lr": 0.03}}
    return {"epochs": 12, "batch_size": 16, "optimizer": optimizer, "checkpoint": {"every_steps": 10}, **more}


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_learns_and_resumes_to_the_last_bit(tmp_path: Path, tiny: Path, loss: str) -> None:
    whole = train(write_job(tmp_path / "whole", GRAPHS[loss], tiny, config()))
    assert whole.end["status"] == "succeeded", whole.end
    first, *_, last = [epoch["values"] for epoch in whole.epochs()]
    assert last["train/loss"] < first["train/loss"] - 0.15 * abs(first["train/loss"])
    for metric, bar in BETTER_THAN.items():
        if f"train/{metric}" in last and loss != "PoissonNLLLoss":
            better = last[f"train/{metric}"] < bar if metric == "mae" else last[f"train/{metric}"] > bar
            assert better, (metric, last)
    assert_same_from(whole, resume(whole, 30, tmp_path / "resumed"), 30)


def several() -> dict[str, Any]:
    """Two Inputs; an Output for the class, one for the price, one rebuilt from an Input, one penalty of its own."""
    nodes = [
        node("word", "Input", columns=["word"], shape=[1], dtype="int64"),
        node("table", "Embedding", num_embeddings=7, embedding_dim=3),
        node("flat", "Flatten"),
        node("both", "Concat", dim=1),
        CLASS_SCORES,
        dense("money", 1),
        dense("decoded", len(NUMBERS)),
        node("active", "ReLU"),
        end("kind", "CrossEntropyLoss", "kind", metrics=["accuracy"]),
        end("price", "HuberLoss", "price", metrics=["mae"], loss_weight=0.5),
        end("rebuilt", "MSELoss", metrics=["cosine_similarity"], loss_weight=2.0),
        end("sparse", "Penalty", predict=False, loss_weight=0.1),
    ]
    wires = "word>table table>flat h>both.inputs flat>both.inputs both>last both>money h>decoded h>active "
    return tiny_graph(nodes, wires + "last>kind money>price decoded>rebuilt x>rebuilt.target active>sparse")


def test_several_inputs_and_outputs_train_together_by_their_weights(tmp_path: Path, tiny: Path) -> None:
    settings = config(loss_weights={"price": 0.25})
    whole = train(write_job(tmp_path / "whole", several(), tiny, settings))
    assert whole.end["status"] == "succeeded", whole.end
    weights = {"kind": 1.0, "price": 0.25, "rebuilt": 2.0, "sparse": 0.1}
    for step, total in whole.series("train/loss").items():
        parts = sum(weight * whole.series(f"train/{name}/loss")[step] for name, weight in weights.items())
        assert total == pytest.approx(parts, rel=1e-5)
    first, *_, last = [epoch["values"] for epoch in whole.epochs()]
    for name in ("kind", "price", "rebuilt"):
        assert last[f"train/{name}/loss"] < first[f"train/{name}/loss"]
    assert last["train/rebuilt/cosine_similarity"] > 0.8
    assert_same_from(whole, resume(whole, 20, tmp_path / "resumed"), 20)


def test_output_of_weight_nothing_moves_no_weight(tmp_path: Path, tiny: Path) -> None:
    weightless = config(loss_weights={"price": 0.0, "rebuilt": 0.0, "sparse": 0.0})
    run = train(write_job(tmp_path / "run", several(), tiny, weightless))
    early = load_weights(run.directory / "checkpoints" / "step-10" / "weights.safetensors")
    late = run.weights()
    assert late["money.weight"].equal(early["money.weight"])
    assert not late["last.weight"].equal(early["last.weight"])
