"""Layers that exporters take apart: a few operations in a row that are one layer of torch.

Each begins at an operation that has no counterpart of its own (Erf, Sqrt, Greater) and looks around itself. What has
been taken in by a layer is marked as given, so that it is not walked again.
"""

from collections.abc import Sequence
from math import isclose, sqrt
from typing import Any

import numpy as np

from trainer.graph.importing.onnx_elementwise import place_by_place
from trainer.graph.importing.onnx_layers import normed
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View, lay


def _number(walk: Walk, name: str) -> float | None:
    """The one number that a constant is."""
    value = walk.values.get(name)
    return float(value.reshape(-1)[0]) if isinstance(value, np.ndarray) and value.size == 1 else None


def _other(node: Any, name: str) -> str:
    """The input of a joining operation that is not `name`; the same one where both are."""
    others = [given for given in node.input if given != name]
    return others[0] if others else name


def _reader(walk: Walk, name: str, *ops: str) -> Any:
    """The only operation that reads `name`, if it is one of `ops`."""
    node = walk.only_reader(name)
    return node if node is not None and node.op_type in ops else None


def _give(walk: Walk, nodes: Sequence[Any], value: Value) -> None:
    """Mark the outputs of operations that were taken in."""
    for node in nodes:
        for name in node.output:
            walk.values[name] = value


def _is_scaled(walk: Walk, node: Any, factor: float) -> str | None:
    """What `node` multiplies by `factor`, or divides by its inverse."""
    if node is None or node.op_type not in ("Mul", "Div"):
        return None
    for place in (1, 0) if node.op_type == "Mul" else (1,):
        number = _number(walk, node.input[place])
        if number and isclose(number if node.op_type == "Mul" else 1 / number, factor, rel_tol=1e-4):
            return str(node.input[1 - place])
    return None


@handles("Sigmoid")
def sigmoid(walk: Walk, op: Op) -> Sequence[Value]:
    """x * sigmoid(x) is SiLU."""
    reader = _reader(walk, op.output_names[0], "Mul")
    if reader is None or _other(reader, op.output_names[0]) != op.input_names[0]:
        return place_by_place(walk, op)
    found = op.view().moved(walk.draft.add("SiLU", op.view().wire))
    _give(walk, [reader], found)
    return [found]


@handles("Erf")
def gelu(walk: Walk, op: Op) -> Sequence[Value]:
    """0.5 x (1 + erf(x / sqrt 2)), in any order of its factors."""
    source = _is_scaled(walk, walk.producers.get(op.input_names[0]), 1 / sqrt(2))
    view = walk.values.get(source or "")
    plus = _reader(walk, op.output_names[0], "Add")
    if not isinstance(view, View) or plus is None or _number(walk, _other(plus, op.output_names[0])) != 1.0:
        raise Unfit("it is not part of a GELU")
    taken, halved, multiplied = [plus], False, False
    while not (halved and multiplied):
        last = taken[-1].output[0]
        reader = _reader(walk, last, "Mul")
        if reader is None:
            raise Unfit("it is not part of a GELU")
        other = _other(reader, last)
        if _number(walk, other) == 0.5:
            halved = True
        elif other == source:
            multiplied = True
        elif _is_scaled(walk, walk.producers.get(other), 0.5) == source:
            halved = multiplied = True
        else:
            raise Unfit("it is not part of a GELU")
        taken.append(reader)
    found = view.moved(walk.draft.add("GELU", view.wire))
    _give(walk, taken, found)
    return [found]


@handles("Greater")
def softplus(walk: Walk, op: Op) -> Sequence[Value]:
    """softplus(x) where x is small and x itself where it is large: what torch's Softplus does anyway."""
    reader = _reader(walk, op.output_names[0], "Where")
    threshold = _number(walk, op.input_names[1])
    if reader is None or threshold is None or threshold < 15 or reader.input[1] != op.input_names[0]:
        raise Unfit("it compares")
    source = walk.producers.get(reader.input[2])
    if source is None or source.op_type != "Softplus" or source.input[0] != op.input_names[0]:
        raise Unfit("it compares")
    found = walk.values[reader.input[2]]
    _give(walk, [reader], found)
    return [found]


@handles("Sqrt")
def norm(walk: Walk, op: Op) -> Sequence[Value]:
    """x / sqrt(mean(x^2) + eps), and the same of x less its mean, with weights behind."""
    plus = walk.producers.get(op.input_names[0])
    mean = next((walk.producers[name] for name in plus.input if name in walk.producers), None) if plus else None
    eps = next((n for name in plus.input if (n := _number(walk, name)) is not None), None) if plus else None
    if plus is None or plus.op_type != "Add" or mean is None or mean.op_type != "ReduceMean" or eps is None:
        raise Unfit("it is not part of a normalization")
    source, centred = _squared(walk, mean.input[0])
    taken = [_divided(walk, op, centred)]
    if taken[0].op_type == "Reciprocal":
        behind = _reader(walk, taken[0].output[0], "Mul")
        if behind is None or _other(behind, taken[0].output[0]) != centred:
            raise Unfit("it is not part of a normalization")
        taken.append(behind)
    view = walk.values.get(source)
    if not isinstance(view, View):
        raise Unfit("its input is not known")
    laid = lay(walk.draft, view)
    first = laid.dim(view.rank - _num_axes(walk, mean, view.rank))
    shape = laid.sizes[first:]
    kind = "LayerNormalization" if source != centred else "RMSNormalization"
    weight = _behind(walk, taken, "Mul", shape)
    bias = _behind(walk, taken, "Add", shape) if source != centred and weight is not None else None
    made = Op(kind, op.name, {}, op.input_names, op.output_names, op.inputs, op.opset)
    scale = weight if weight is not None else np.ones(1, dtype=np.float32)
    found = laid.seen(normed(walk, made, laid.wire, shape, scale, bias, float(f"{eps:.7g}")), laid.sizes)
    _give(walk, taken, found)
    return [found]


def _squared(walk: Walk, name: str) -> tuple[str, str]:
    """What is squared, and what it was before its mean was taken away: the same where none was."""
    square = walk.producers.get(name)
    if square is None or not (
        (square.op_type == "Pow" and _number(walk, square.input[1]) == 2.0)
        or (square.op_type == "Mul" and square.input[0] == square.input[1])
    ):
        raise Unfit("it is not part of a normalization")
    centred = str(square.input[0])
    minus = walk.producers.get(centred)
    if minus is not None and minus.op_type == "Sub":
        mean = walk.producers.get(minus.input[1])
        if mean is not None and mean.op_type == "ReduceMean" and mean.input[0] == minus.input[0]:
            return str(minus.input[0]), centred
    return centred, centred


def _divided(walk: Walk, op: Op, centred: str) -> Any:
    node = _reader(walk, op.output_names[0], "Div", "Reciprocal")
    if node is None or (node.op_type == "Div" and list(node.input) != [centred, op.output_names[0]]):
        raise Unfit("it is not part of a normalization")
    return node


def _num_axes(walk: Walk, mean: Any, rank: int) -> int:
    given = walk.values.get(mean.input[1]) if len(mean.input) > 1 else None
    axes = [axis for entry in mean.attribute if entry.name == "axes" for axis in entry.ints]
    axes = [int(axis) for axis in given.reshape(-1)] if isinstance(given, np.ndarray) else axes
    numbers = sorted(axis % rank for axis in axes)
    if not numbers or numbers != list(range(rank - len(numbers), rank)):
        raise Unfit("it does not go over the last axes")
    return len(numbers)


def _behind(walk: Walk, taken: list[Any], kind: str, shape: Sequence[int]) -> Any:
    """The constant that the next operation joins, where it is one a place of `shape`; the operation is taken in."""
    last = taken[-1].output[0]
    reader = _reader(walk, last, kind)
    value = walk.values.get(_other(reader, last)) if reader is not None else None
    if not isinstance(value, np.ndarray) or value.shape != tuple(shape):
        return None
    taken.append(reader)
    return value
