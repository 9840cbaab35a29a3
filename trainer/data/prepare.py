"""The rows a bound graph trains on: encoders fitted on the training rows, each split encoded once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from trainer.data.columns import Column
from trainer.data.encoders import Encoders, bound_columns, fit_input, fit_target, input_encoder
from trainer.data.encoding import EncodedRows, Source
from trainer.data.inputs.image import ImageEncoder
from trainer.data.inputs.text import TextEncoder
from trainer.data.placement import MAX_FLOAT_BYTES, default_resident_bytes, place_rows
from trainer.data.rescale import Rescale
from trainer.data.spec import InputEncoder
from trainer.data.splits import SPLITS
from trainer.data.storage import InMemory, Key, Layout, Mapped, holds, new_files, one_at_a_time
from trainer.data.targets import NextTokenTarget, TargetEncoder, rows_with_targets
from trainer.data.version import VersionReader
from trainer.data.windows import TokenWindows
from trainer.errors import UserError
from trainer.methods.catalogue import LOSSES


@dataclass(frozen=True, slots=True)
class TensorSplit:
    """Rows of one split: `inputs` by Input name, `targets` by Output name, all [N, ...] and contiguous.

    An Input named in `transforms` is stored as uint8 and has to pass through its transform a batch at a time.
    `mappings` are the files that the tensors lie in, if they do.
    """

    inputs: Mapping[str, Tensor]
    targets: Mapping[str, Tensor]
    transforms: Mapping[str, Rescale]
    num_rows: int
    mappings: Sequence[mmap] = ()


@dataclass(frozen=True, slots=True)
class PreparedData:
    """`encoders` as JSON, to be kept with every checkpoint; `num_dropped` rows had no value in a target.

    Rows that are mapped from files are to be shuffled in blocks of `block_rows`.
    """

    encoders: dict[str, Any]
    splits: Mapping[str, TensorSplit]
    num_dropped: int
    is_mapped: bool
    block_rows: int


@dataclass(frozen=True, slots=True)
class Binding:
    """What the Inputs and Outputs of a graph ask of the data."""

    inputs: Mapping[str, tuple[Sequence[str], Mapping[str, Any]]]  # Input -> columns, settings of its encoder
    targets: Mapping[str, tuple[str, Mapping[str, Any]]]  # Output -> column, its parameters
    next_tokens: tuple[str, ...] = ()  # Outputs that learn what follows in the text of an Input

    @classmethod
    def of(cls, graph: Mapping[str, Any]) -> "Binding":
        """Of a bound graph document as JSON.

        An Output has no target in the data where it names no column, where its target is wired to it, and where its
        loss has none.
        """
        inputs, targets, next_tokens = {}, {}, []
        wired = {edge["target"] for edge in graph.get("edges", []) if edge.get("target_port") == "target"}
        for node in graph["nodes"]:
            params = node.get("params", {})
            columns = params.get("columns") or []
            if node["type"] == "Input":
                inputs[node["name"]] = (tuple(columns), params.get("encoder") or {})
            elif node["type"] == "Output" and params.get("target") == "next_token" and node["id"] not in wired:
                next_tokens.append(node["name"])
            elif node["type"] == "Output" and columns and node["id"] not in wired and _has_column_target(params):
                if len(columns) > 1:
                    raise UserError("data.one_target", path=f"nodes.{node['id']}.params.columns", count=len(columns))
                targets[node["name"]] = (columns[0], params)
        return cls(inputs, targets, tuple(next_tokens))


def prepare(
    graph: Mapping[str, Any],
    version_dir: Path,
    encoders: Mapping[str, Any] | None = None,
    *,
    files: Path | None = None,
    resident_bytes: int | None = None,
    max_float_bytes: int = MAX_FLOAT_BYTES,
) -> PreparedData:
    """Encode the version in `version_dir` for the bound `graph` (the document's JSON).

    `encoders` are those of an earlier run (JSON), used unchanged; without them they are fitted on the training rows.
    Pictures to train on that would take more than `max_float_bytes` as floats stay bytes, and so do all others. Rows
    that would take more than `resident_bytes` are written to a folder in `files`, unless they are there already, and
    mapped from it. Raises OSError where the disk is full.
    """
    reader, binding = VersionReader(version_dir), Binding.of(graph)
    usable = rows_with_targets(reader.of_rows(), [column for column, _ in binding.targets.values()], len(reader.split))
    rows = {split: np.flatnonzero((reader.split == part) & usable) for part, split in enumerate(SPLITS)}
    if not rows["train"].size:
        raise UserError("data.empty_split")
    fitted = Encoders.from_json(encoders) if encoders is not None else _fit(binding, reader, rows["train"])
    source: Source = TokenWindows.of(fitted, reader, rows) or EncodedRows(fitted, reader, rows)
    placement = place_rows(
        source.row_size,
        source.num_rows,
        resident_bytes=default_resident_bytes() if resident_bytes is None else resident_bytes,
        max_float_bytes=max_float_bytes,
    )
    is_mapped = placement.is_mapped and files is not None
    layouts = source.layouts(placement)
    if is_mapped and files is not None:
        made_of = json.dumps([fitted.to_json(), reader.manifest], sort_keys=True)
        stored = _map(source, layouts, files / "rows", hashlib.sha256(made_of.encode()).hexdigest())
    else:
        stored = _hold(source, layouts)
    transforms = {name: Rescale.of(one) for name, one in fitted.inputs.items() if isinstance(one, ImageEncoder)}
    return PreparedData(
        encoders=fitted.to_json(),
        splits={split: _split(source, stored, split, transforms) for split in rows},
        num_dropped=int(len(usable) - usable.sum()),
        is_mapped=is_mapped,
        block_rows=source.row_size.block_rows,
    )


def _hold(source: Source, layouts: Mapping[Key, Layout]) -> Mapped:
    store = InMemory(layouts)
    source.write(layouts, store)
    return Mapped(store.tensors, {})


def _map(source: Source, layouts: Mapping[Key, Layout], place: Path, fingerprint: str) -> Mapped:
    """The rows in the files of `place`, which are written where they are not there or others."""
    with one_at_a_time(place):
        if not holds(place, fingerprint):
            with new_files(place, layouts, fingerprint) as store:
                source.write(layouts, store)
    return Mapped.open(place, layouts)


def _split(source: Source, stored: Mapped, split: str, transforms: Mapping[str, Rescale]) -> TensorSplit:
    """The tensors of one split; those pictures pass through their transform that are bytes."""
    inputs, targets = source.tensors(stored.tensors, split)
    later = {name: rescale for name, rescale in transforms.items() if not inputs[name].is_floating_point()}
    return TensorSplit(inputs, targets, later, source.num_rows[split], stored.of_split(split))


def _has_column_target(params: Mapping[str, Any]) -> bool:
    return LOSSES[params["loss"]["type"]].target


def _fit(binding: Binding, reader: VersionReader, train: np.ndarray) -> Encoders:
    """Encoders fitted on the rows `train` of the version, a column at a time."""
    columns, values = reader.facts.columns, reader.of_rows(train)
    inputs = {
        name: _fit_input(
            bound_columns(reader.facts, names), settings, reader, train, is_whole=bool(binding.next_tokens)
        )
        for name, (names, settings) in binding.inputs.items()
    }
    targets: dict[str, TargetEncoder] = {
        name: fit_target(
            columns[column],
            params["loss"]["type"],
            values[column],
            params["loss"].get("params"),
            threshold=params.get("threshold"),
        )
        for name, (column, params) in binding.targets.items()
    }
    if binding.next_tokens:
        texts = [(name, one) for name, one in inputs.items() if isinstance(one, TextEncoder)]
        if len(texts) != 1 or len(inputs) != 1 or targets:
            raise UserError("data.whole_text_alone", output=binding.next_tokens[0])
        name, encoder = texts[0]
        targets = {output: NextTokenTarget(name, encoder.max_length) for output in binding.next_tokens}
    return Encoders(inputs, targets)


def _fit_input(
    columns: Sequence[Column], settings: Mapping[str, Any], reader: VersionReader, train: np.ndarray, *, is_whole: bool
) -> InputEncoder:
    kind = input_encoder(columns)
    if kind is ImageEncoder:
        return ImageEncoder.fit_pieces(columns, settings, reader.pictures(columns[0].name, train))
    values = reader.of_rows(train)
    if kind is TextEncoder:
        return TextEncoder.fit_texts(columns, settings, values[columns[0].name], is_whole=is_whole)
    return fit_input(columns, settings, values)
