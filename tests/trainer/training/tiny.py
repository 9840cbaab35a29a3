"""A data set of 80 rows with a column for every kind of loss, and small graphs over it: a run takes a moment."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tests.trainer.graph.documents import graph, node
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version

NUMBERS = ["a", "b", "c", "d"]
KINDS: Mapping[str, Any] = {
    **dict.fromkeys(NUMBERS, "number"),
    "price": "number",
    "visits": "number",
    "kind": "category",
    "yes": "category",
    "word": "category",
}
Node = dict[str, Any]


def build_tiny(directory: Path) -> Path:
    """The version directory of the data set: each target follows from the numbers."""
    rng = np.random.default_rng(11)
    numbers = rng.normal(size=(80, 4))
    table = {name: numbers[:, place].round(4) for place, name in enumerate(NUMBERS)}
    table["price"] = (numbers @ [30.0, -20.0, 10.0, 5.0] + 100).round(2)
    table["visits"] = rng.poisson(np.exp(0.5 * numbers[:, 0] + 0.5)).astype(float)
    columns: dict[str, Any] = {name: values.astype(str).tolist() for name, values in table.items()}
    columns["kind"] = [f"kind{place}" for place in numbers[:, :3].argmax(axis=1)]
    columns["yes"] = ["yes" if value > 0 else "no" for value in numbers[:, 1]]
    columns["word"] = [f"word{place}" for place in rng.integers(0, 6, 80)]
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    write_version(directory, Content("tiny", KINDS, frame, target="kind"), SplitSettings(seed=1))
    return directory


def tiny_graph(nodes: Sequence[Node], wires: str) -> dict[str, Any]:
    """A document: an Input `x` of the four numbers, a Tanh layer `h` of 8 over it, and `nodes` wired by `wires`."""
    first = [
        node("x", "Input", columns=NUMBERS, shape=[4], dtype="float32"),
        node("dense", "Linear", out_features=8),
        node("h", "Tanh"),
    ]
    return graph([*first, *nodes], f"x>dense dense>h {wires}") | {"notes": []}


def dense(name: str, width: int, **more: Any) -> Node:
    return node(name, "Linear", out_features=width, **more)


def end(
    name: str, loss: str, column: str | None = None, loss_params: Mapping[str, Any] | None = None, **more: Any
) -> Node:
    columns = {"columns": [column]} if column else {}
    return node(name, "Output", **columns, loss={"type": loss, "params": dict(loss_params or {})}, **more)


CLASSIFIER = tiny_graph(
    [dense("last", 3), end("kind", "CrossEntropyLoss", "kind", metrics=["accuracy"])], "h>last last>kind"
)
WITH_WORDS = tiny_graph(
    [
        node("word", "Input", columns=["word"], shape=[1], dtype="int64"),
        node("table", "Embedding", num_embeddings=7, embedding_dim=4),
        node("flat", "Flatten"),
        node("both", "Concat", dim=1),
        node("norm", "BatchNorm1d"),
        dense("last", 3),
        end("kind", "CrossEntropyLoss", "kind", metrics=["accuracy"]),
    ],
    "word>table table>flat h>both.inputs flat>both.inputs both>norm norm>last last>kind",
)
