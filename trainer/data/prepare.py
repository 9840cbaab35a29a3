"""The tensors a bound graph trains on: encoders fitted on the training rows, each split encoded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainer.data.encoders import Encoders, bound_columns, fit_input, fit_target
from trainer.data.inputs.image import ImageEncoder
from trainer.data.spec import Arrays
from trainer.data.splits import SPLITS
from trainer.data.targets import rows_with_targets
from trainer.data.version import VersionReader
from trainer.errors import UserError
from trainer.training.catalogue import LOSSES

MAX_FLOAT_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Rescale:
    """uint8 pixels [B, C, H, W] -> float32, (x - shift) * scale: of all rows at once, or of a batch at a time."""

    shift: Tensor  # [C, 1, 1]
    scale: Tensor  # [C, 1, 1]

    def __call__(self, pixels: Tensor) -> Tensor:
        return pixels.to(torch.float32).sub_(self.shift).mul_(self.scale)

    def to(self, device: torch.device | str) -> "Rescale":
        return Rescale(self.shift.to(device), self.scale.to(device))


@dataclass(frozen=True, slots=True)
class TensorSplit:
    """Rows of one split: `inputs` by Input name, `targets` by Output name, all [N, ...] and contiguous.

    An Input named in `transforms` is stored as uint8 and has to pass through its transform a batch at a time.
    """

    inputs: Mapping[str, Tensor]
    targets: Mapping[str, Tensor]
    transforms: Mapping[str, Rescale]
    num_rows: int


@dataclass(frozen=True, slots=True)
class PreparedData:
    """`encoders` as JSON, to be kept with every checkpoint; `num_dropped` rows had no value in a target."""

    encoders: dict[str, Any]
    splits: Mapping[str, TensorSplit]
    num_dropped: int


@dataclass(frozen=True, slots=True)
class Binding:
    """What the Inputs and Outputs of a graph ask of the data."""

    inputs: Mapping[str, tuple[Sequence[str], Mapping[str, Any]]]  # Input -> columns, settings of its encoder
    targets: Mapping[str, tuple[str, Mapping[str, Any]]]  # Output -> column, its parameters

    @classmethod
    def of(cls, graph: Mapping[str, Any]) -> "Binding":
        """Of a bound graph document as JSON.

        An Output has no target in the data where it names no column, where its target is wired to it or is the next
        token of its Input, and where its loss has none.
        """
        inputs, targets = {}, {}
        wired = {edge["target"] for edge in graph.get("edges", []) if edge.get("target_port") == "target"}
        for node in graph["nodes"]:
            params = node.get("params", {})
            columns = params.get("columns") or []
            if node["type"] == "Input":
                inputs[node["name"]] = (tuple(columns), params.get("encoder") or {})
            elif node["type"] == "Output" and columns and node["id"] not in wired and _has_column_target(params):
                if len(columns) > 1:
                    raise UserError("data.one_target", path=f"nodes.{node['id']}.params.columns", count=len(columns))
                targets[node["name"]] = (columns[0], params)
        return cls(inputs, targets)


def prepare(
    graph: Mapping[str, Any],
    version_dir: Path,
    encoders: Mapping[str, Any] | None = None,
    *,
    max_float_bytes: int = MAX_FLOAT_BYTES,
) -> PreparedData:
    """Encode the version in `version_dir` for the bound `graph` (the document's JSON).

    `encoders` are those of an earlier run (JSON), used unchanged; without them they are fitted on the training rows.
    Pictures that would take more than `max_float_bytes` as floats stay bytes.
    """
    reader = VersionReader(version_dir)
    binding = Binding.of(graph)
    names = [name for columns, _ in binding.inputs.values() for name in columns]
    arrays = reader.arrays([*names, *(column for column, _ in binding.targets.values())])
    usable = rows_with_targets(arrays, [column for column, _ in binding.targets.values()], len(reader.split))
    rows = {split: np.flatnonzero((reader.split == part) & usable) for part, split in enumerate(SPLITS)}
    if not rows["train"].size:
        raise UserError("data.empty_split")
    parts = {split: _take(arrays, index) for split, index in rows.items()}
    fitted = Encoders.from_json(encoders) if encoders is not None else _fit(binding, reader, parts["train"])
    return PreparedData(
        encoders=fitted.to_json(),
        splits={split: _encode(fitted, part, len(rows[split]), max_float_bytes) for split, part in parts.items()},
        num_dropped=int(len(usable) - usable.sum()),
    )


def _has_column_target(params: Mapping[str, Any]) -> bool:
    return LOSSES[params["loss"]["type"]].target and not params.get("target")


def _fit(binding: Binding, reader: VersionReader, train: Arrays) -> Encoders:
    columns = reader.facts.columns
    inputs = {
        name: fit_input(bound_columns(reader.facts, names), settings, train)
        for name, (names, settings) in binding.inputs.items()
    }
    targets = {
        name: fit_target(
            columns[column],
            params["loss"]["type"],
            train[column],
            params["loss"].get("params"),
            threshold=params.get("threshold"),
        )
        for name, (column, params) in binding.targets.items()
    }
    return Encoders(inputs, targets)


def _encode(encoders: Encoders, arrays: Arrays, num_rows: int, max_float_bytes: int) -> TensorSplit:
    inputs, transforms = {}, {}
    for name, encoder in encoders.inputs.items():
        if isinstance(encoder, ImageEncoder):
            pixels = torch.from_numpy(encoder.stored_pixels(arrays))
            rescale = Rescale(torch.from_numpy(encoder.shift), torch.from_numpy(encoder.scale))
            if pixels.numel() * 4 <= max_float_bytes:
                inputs[name] = rescale(pixels)
            else:
                inputs[name] = pixels
                transforms[name] = rescale
        else:
            inputs[name] = torch.from_numpy(encoder.encode_arrays(arrays))
    targets = {
        name: torch.from_numpy(target.encode(arrays[target.column])) for name, target in encoders.targets.items()
    }
    return TensorSplit(inputs, targets, transforms, num_rows)


def _take(arrays: Arrays, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The `rows` of every column; a run of neighbours is a view and is not copied."""
    if rows.size and rows[-1] - rows[0] + 1 == rows.size:
        return {name: values[rows[0] : rows[-1] + 1] for name, values in arrays.items()}
    return {name: values[rows] for name, values in arrays.items()}
