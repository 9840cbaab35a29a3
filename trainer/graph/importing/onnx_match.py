"""Looking around in an ONNX graph: which operation made a tensor, which one reads it, which number it is."""

from collections.abc import Sequence
from math import isclose
from typing import Any

import numpy as np

from trainer.graph.importing.draft import Array
from trainer.graph.importing.onnx_constants import attribute_value
from trainer.graph.importing.onnx_op import Value
from trainer.graph.importing.onnx_walk import Walk
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View


def made_by(walk: Walk, name: str, *ops: str) -> Any:
    """The operation that gives `name`; unfit where it is none of `ops`."""
    node = walk.producers.get(name)
    if node is None or node.op_type not in ops:
        raise Unfit("it is part of another pattern")
    return node


def behind(walk: Walk, name: str, *ops: str) -> str:
    """The tensor that `name` was before one or more of `ops` in a row, which are passed over."""
    while (node := walk.producers.get(name)) is not None and node.op_type in ops:
        name = node.input[0]
    return name


def view(walk: Walk, name: str, rank: int | None = None) -> View:
    """A tensor that depends on the data, with `rank` axes."""
    found = walk.values.get(name)
    if not isinstance(found, View) or rank not in (None, found.rank):
        raise Unfit("it is part of another pattern")
    return found


def constant(walk: Walk, name: str) -> Array:
    """A tensor that does not depend on the data."""
    found = walk.values.get(name)
    if not isinstance(found, np.ndarray):
        raise Unfit("it is part of another pattern")
    return found


def number(walk: Walk, name: str) -> float | None:
    """The one number that a constant is."""
    value = walk.values.get(name)
    return float(value.reshape(-1)[0]) if isinstance(value, np.ndarray) and value.size == 1 else None


def repeated(walk: Walk, name: str) -> float | None:
    """The number that a constant is everywhere."""
    value = walk.values.get(name)
    if not isinstance(value, np.ndarray) or not value.size:
        return None
    corner = value[tuple(slice(0, 1) if step == 0 else slice(None) for step in value.strides)]  # a stretched axis
    return float(corner.flat[0]) if bool((corner == corner.flat[0]).all()) else None


def given(node: Any, place: int) -> str:
    """An input of an operation that may be left out: "" where it is."""
    return str(node.input[place]) if place < len(node.input) else ""


def attribute(node: Any, name: str, default: Any = None) -> Any:
    return next((attribute_value(entry) for entry in node.attribute if entry.name == name), default)


def written_axes(walk: Walk, node: Any, place: int = 1) -> list[int]:
    """The axes that an operation names, as they are: an input since opset 13, before that an attribute."""
    found = walk.values.get(node.input[place]) if len(node.input) > place else attribute(node, "axes")
    return [int(axis) for axis in np.asarray([] if found is None else found).reshape(-1)]


def axes_of(walk: Walk, node: Any, rank: int) -> list[int]:
    """The axes that an operation works along, counted from the front and in order."""
    return sorted(axis % rank for axis in written_axes(walk, node))


def other(node: Any, name: str) -> str:
    """The input of a joining operation that is not `name`; the same one where both are."""
    others = [given for given in node.input if given != name]
    return others[0] if others else name


def reader(walk: Walk, name: str, *ops: str) -> Any:
    """The only operation that reads `name`, if it is one of `ops`."""
    node = walk.only_reader(name)
    return node if node is not None and node.op_type in ops else None


def give(walk: Walk, nodes: Sequence[Any], value: Value) -> None:
    """Mark the outputs of operations that were taken in."""
    for node in nodes:
        for name in node.output:
            walk.values[name] = value


def scaled(walk: Walk, name: str) -> tuple[str, float]:
    """What `name` is a multiple of by constant numbers, and by how much."""
    factor = 1.0
    while (node := walk.producers.get(name)) is not None and node.op_type in ("Mul", "Div"):
        for place in (1, 0) if node.op_type == "Mul" else (1,):
            amount = number(walk, node.input[place])
            if amount:
                factor *= amount if node.op_type == "Mul" else 1 / amount
                name = str(node.input[1 - place])
                break
        else:
            break
    return name, factor


def is_scaled(walk: Walk, node: Any, factor: float) -> str | None:
    """What `node` multiplies by `factor`, or divides by its inverse."""
    if node is None or node.op_type not in ("Mul", "Div"):
        return None
    for place in (1, 0) if node.op_type == "Mul" else (1,):
        amount = number(walk, node.input[place])
        if amount and isclose(amount if node.op_type == "Mul" else 1 / amount, factor, rel_tol=1e-4):
            return str(node.input[1 - place])
    return None
