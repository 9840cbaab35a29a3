"""Checkpoints made by hand: a document with fresh weights and the encoders that fit it, as training leaves them."""

import json
from pathlib import Path

import numpy as np
import torch

from trainer.data.columns import Column
from trainer.data.encoders import Encoders, fit_input, fit_target
from trainer.data.prepare import prepare
from trainer.graph.compile import compile_graph
from trainer.graph.document import parse_document
from trainer.training.checkpoint import save_weights


def chain(*layers: tuple[str, dict], shape: list[int], column: str = "image") -> dict:
    """A document: an Input of `shape`, the layers in a row, and an Output of ten classes."""
    output = {"columns": ["label"], "loss": {"type": "CrossEntropyLoss", "params": {}}, "metrics": ["accuracy"]}
    steps = [("Input", {"columns": [column], "shape": shape, "dtype": "float32"}), *layers, ("Output", output)]
    names = [column, *(f"layer{n}" for n in range(1, len(steps) - 1)), "label"]
    nodes = [
        {"id": f"n{n}", "name": name, "type": kind, "params": params, "position": [0, 64 * n]}
        for n, (name, (kind, params)) in enumerate(zip(names, steps, strict=True))
    ]
    edges = [
        {"id": f"e{n}", "source": f"n{n}", "source_port": "output", "target": f"n{n + 1}", "target_port": "input"}
        for n in range(len(steps) - 1)
    ]
    return {"format": 1, "nodes": nodes, "edges": edges, "blocks": {}, "notes": []}


def write_text_checkpoint(folder: Path, document: dict, data: Path) -> None:
    """A checkpoint of a bound `document` that reads the texts of the version in `data`."""
    _write(folder, document, prepare(document, data).encoders)


def write_image_checkpoint(folder: Path, document: dict, size: int = 8) -> None:
    """A checkpoint of `document`, whose Input is a grey picture and whose Output has ten classes."""
    rng = np.random.default_rng(0)
    picture = Column("image", "image", facts={"height": size, "width": size, "channels": 1})
    label = Column("label", "category", facts={"values": list(range(10)), "num_classes": 10, "counts": [2] * 10})
    encoders = Encoders(
        {"image": fit_input([picture], {}, {"image": rng.integers(0, 256, (20, size, size, 1), dtype=np.uint8)})},
        {"label": fit_target(label, "CrossEntropyLoss", np.arange(10))},
    )
    _write(folder, document, encoders.to_json())


def _write(folder: Path, document: dict, encoders: dict) -> None:
    torch.manual_seed(0)
    compiled = compile_graph(parse_document(document))
    folder.mkdir(parents=True)
    save_weights(compiled.network.state_dict(), folder / "weights.safetensors")
    (folder / "graph.json").write_text(json.dumps(document))
    (folder / "encoders.json").write_text(json.dumps(encoders))
