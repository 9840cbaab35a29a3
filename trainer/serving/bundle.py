"""The folder that a deployment serves from: what export writes and the runtimes read.

bundle.json         this file's `Manifest`
encoders.json       raw values to arrays and back, as fitted in training
graph.onnx          where ONNX Runtime serves
graph.json, weights.safetensors     where PyTorch serves
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import trainer.messages.serving  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError

FORMAT = 1
MANIFEST_FILE = "bundle.json"
ENCODERS_FILE = "encoders.json"
ONNX_FILE = "graph.onnx"
GRAPH_FILE = "graph.json"
WEIGHTS_FILE = "weights.safetensors"


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of the network. `shape` leaves the batch axis out."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Parity:
    """How far ONNX Runtime's outputs were from torch's, the worst of all outputs, by number of rows."""

    absolute_tolerance: float
    relative_tolerance: float
    largest_difference: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle is. `reason` says why PyTorch serves it: a code and its fields."""

    runtime: Literal["onnx", "torch"]
    num_parameters: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    parity: Parity | None
    reason: Mapping[str, Any] | None
    format: int = FORMAT

    def save(self, folder: Path) -> None:
        (folder / MANIFEST_FILE).write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, folder: Path) -> Self:
        data = json.loads((folder / MANIFEST_FILE).read_text())
        if data["format"] != FORMAT:
            raise UserError("serving.bundle_format", received=data["format"], expected=FORMAT)
        data["inputs"] = tuple(Tensor(t["name"], tuple(t["shape"]), t["dtype"]) for t in data["inputs"])
        data["outputs"] = tuple(Tensor(t["name"], tuple(t["shape"]), t["dtype"]) for t in data["outputs"])
        data["parity"] = Parity(**data["parity"]) if data["parity"] else None
        return cls(**data)


def bundle_bytes(folder: Path) -> int:
    """The bytes of the files of a bundle, which is about what it takes in memory."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
