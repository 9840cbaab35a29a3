"""Small sets of texts, and graphs that read them."""

from pathlib import Path
from typing import Any

import polars as pl

from trainer.data.splits import SplitSettings
from trainer.data.version import Content, write_version

GOOD = ("sweet", "fresh", "lovely", "crisp")
BAD = ("stale", "bitter", "soggy", "burnt")


def write_texts(place: Path, *, num_rows: int = 120) -> Path:
    """A version of short texts that two words tell apart, one of them missing."""
    texts: list[str | None] = []
    for row in range(num_rows):
        words = GOOD if row % 2 else BAD
        texts.append(f"The {words[row % 4]} bread no. {row % 7} was {words[(row // 2) % 4]}, they said.\nAgain: {row}")
    texts[5] = None
    table = pl.DataFrame({"text": texts, "kind": ["good" if row % 2 else "bad" for row in range(num_rows)]})
    content = Content("Bread", {"text": "text", "kind": "category"}, table, target="kind")
    write_version(place, content, SplitSettings())
    return place


def reading_graph(*, length: int = 12, **encoder: Any) -> dict[str, Any]:
    """Words to vectors, their mean to a class: a bound document."""
    size = encoder.setdefault("vocab_size", 64)
    return _graph(
        {"max_length": length, **encoder},
        [
            ("table", "Embedding", {"num_embeddings": size, "embedding_dim": 8, "padding_idx": 0}),
            ("mean", "Mean", {"dim": [1]}),
            ("dense", "Linear", {"out_features": 2}),
        ],
        {"columns": ["kind"], "metrics": ["accuracy"]},
        length,
    )


def following_graph(*, length: int = 8, **encoder: Any) -> dict[str, Any]:
    """A recurrent network that scores what comes next: a bound document."""
    size = encoder.setdefault("vocab_size", 300)
    return _graph(
        {"tokens": "subwords", "max_length": length, **encoder},
        [
            ("table", "Embedding", {"num_embeddings": size, "embedding_dim": 16}),
            ("memory", "GRU", {"hidden_size": 16}),
            ("scores", "Linear", {"out_features": size}),
        ],
        {"target": "next_token", "metrics": ["perplexity"]},
        length,
    )


def _graph(
    encoder: dict[str, Any], layers: list[tuple[str, str, dict[str, Any]]], end: dict[str, Any], length: int
) -> dict[str, Any]:
    given = {"columns": ["text"], "encoder": encoder, "shape": [length], "dtype": "int64"}
    loss = {"loss": {"type": "CrossEntropyLoss", "params": {}}}
    row = [("words", "Input", given), *layers, ("answer", "Output", {**end, **loss})]
    nodes = [
        {"id": f"n{place}", "name": name, "type": kind, "params": params, "position": [0, 80 * place]}
        for place, (name, kind, params) in enumerate(row)
    ]
    edges = [
        {
            "id": f"e{place}",
            "source": f"n{place}",
            "source_port": "output",
            "target": f"n{place + 1}",
            "target_port": "input",
        }
        for place in range(len(row) - 1)
    ]
    return {"format": 1, "nodes": nodes, "edges": edges, "blocks": {}, "notes": []}
