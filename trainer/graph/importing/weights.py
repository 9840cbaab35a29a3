"""Weights as safetensors: a header of JSON that is read within bounds, and numbers. Nothing in it can run."""

import json
from collections.abc import Mapping
from math import prod
from typing import Any, Final

import numpy as np
from safetensors.numpy import save

from trainer.errors import UserError
from trainer.graph.compile import compile_graph
from trainer.graph.importing.draft import Array
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.report import Report
from trainer.graph.parts import Document

MAX_BYTES: Final = 2 * 1024**3
MAX_HEADER_BYTES: Final = 16 * 1024**2
MAX_TENSORS: Final = 50_000
MAX_NAMES: Final = 12  # of those that a line of the report lists
DTYPES: Final[Mapping[str, str]] = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
    "BOOL": "|b1",
}


def read_weights(data: bytes) -> dict[str, Array]:
    """The tensors by name, floats as float32, whole numbers as int64; aliases under their own names again."""
    if len(data) > MAX_BYTES:
        raise UserError("import.too_large", status=413, size=len(data), limit=MAX_BYTES)
    header, body = _header(data)
    metadata = header.pop("__metadata__", {})
    if len(header) > MAX_TENSORS:
        raise UserError("import.too_many_parts", status=413, limit=MAX_TENSORS)
    weights = {name: _tensor(name, entry, body) for name, entry in header.items()}
    aliases = _aliases(metadata)
    return weights | {name: weights[first] for name, first in aliases.items() if first in weights}


def write_weights(weights: Mapping[str, Array]) -> bytes:
    """Weights as a checkpoint keeps them."""
    owned = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    text: bytes = save(owned, metadata={"aliases": "{}"})
    return text


def fit_weights(document: Document, given: Mapping[str, Array], report: Report) -> Imported:
    """Those of `given` that the network of `document` has by name and shape; what is missing or left over is said."""
    try:
        wanted = compile_graph(document).network.state_dict()
    except UserError as error:
        report.say("error", "weights_unchecked", first=error.message())
        return Imported(document, {}, report)
    taken: dict[str, Array] = {}
    for name, tensor in wanted.items():
        if name not in given:
            continue
        if tuple(given[name].shape) == tuple(tensor.shape):
            taken[name] = given[name].astype(np.int64 if not tensor.is_floating_point() else np.float32)
        else:
            shapes = {"received": list(given[name].shape), "expected": list(tensor.shape)}
            report.say("warning", "weights_shape", name=name, **shapes)
    report.say("info", "weights_fit", count=len(taken), total=len(wanted))
    if missing := [name for name in wanted if name not in given]:
        report.say("warning", "weights_missing", names=listed(missing))
    if left := [name for name in given if name not in wanted]:
        report.say("warning", "weights_left", names=listed(left))
    return Imported(document, taken, report)


def listed(names: list[str]) -> str:
    """Names for a line of the report: the first of them, and how many there are where that is not all."""
    shown = ", ".join(name[:120] for name in names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else f"{shown}, … ({len(names)})"


def _header(data: bytes) -> tuple[dict[str, Any], memoryview]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_HEADER_BYTES, len(data) - 8):
        raise _broken("its header is longer than the file or than is taken")
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise _broken("its header is no JSON") from error
    if not isinstance(header, dict):
        raise _broken("its header is no object")
    return header, memoryview(data)[8 + length :]


def _tensor(name: str, entry: Any, body: memoryview) -> Array:
    if not isinstance(entry, dict) or entry.get("dtype") not in DTYPES:
        raise _broken(f"{name[:80]} is of a kind that is not taken")
    shape, offsets = _sizes(entry.get("shape")), _sizes(entry.get("data_offsets"))
    if shape is None or len(shape) > 16 or offsets is None or len(offsets) != 2:
        raise _broken(f"{name[:80]} has no shape or place")
    kind = np.dtype(DTYPES[entry["dtype"]])
    begin, end = offsets
    if not begin <= end <= len(body) or end - begin != prod(shape) * kind.itemsize:
        raise _broken(f"{name[:80]} lies outside the file or has another size than its shape")
    array = np.frombuffer(body[begin:end], dtype=kind).reshape(shape)
    if entry["dtype"] == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype({"f": np.float32, "i": np.int64, "u": np.int64, "b": np.bool_}[kind.kind])


def _sizes(value: Any) -> list[int] | None:
    """A list of sizes, None where it is none."""
    fits = isinstance(value, list) and all(type(entry) is int and 0 <= entry < 2**48 for entry in value)
    return value if fits else None


def _aliases(metadata: Any) -> dict[str, str]:
    """The names of tensors that are one with another, as `trainer.training.checkpoint` writes them."""
    text = metadata.get("aliases", "{}") if isinstance(metadata, dict) else "{}"
    try:
        aliases = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}  # somebody else's metadata under the same word
    if not isinstance(aliases, dict):
        return {}
    return {name: first for name, first in aliases.items() if isinstance(first, str)}


def _broken(reason: str) -> UserError:
    return UserError("import.broken_safetensors", reason=reason)
