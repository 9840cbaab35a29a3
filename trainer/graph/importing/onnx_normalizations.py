"""Normalizations that exporters take apart: a few operations in a row that are one layer of torch.

They begin at the root that they divide by and look around themselves. What has been taken in by a
layer is marked as given, so that it is not walked again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.graph.importing.onnx_layers import normed
from trainer.graph.importing.onnx_match import axes_of, give, number, other, reader
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, ends
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View, lay


@ends("Sqrt")
def norm(walk: Walk, op: Op) -> Sequence[Value]:
    """x / sqrt(mean(x^2) + eps), and the same of x less its mean, with weights behind."""
    plus = walk.producers.get(op.input_names[0])
    mean = next((walk.producers[name] for name in plus.input if name in walk.producers), None) if plus else None
    eps = next((n for name in plus.input if (n := number(walk, name)) is not None), None) if plus else None
    if plus is None or plus.op_type != "Add" or mean is None or mean.op_type != "ReduceMean" or eps is None:
        raise Unfit("it is not part of a normalization")
    source, centred = _squared(walk, mean.input[0])
    taken = [_divided(walk, op, centred)]
    if taken[0].op_type == "Reciprocal":
        behind = reader(walk, taken[0].output[0], "Mul")
        if behind is None or other(behind, taken[0].output[0]) != centred:
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
    give(walk, taken, found)
    return [found]


def _squared(walk: Walk, name: str) -> tuple[str, str]:
    """What is squared, and what it was before its mean was taken away: the same where none was."""
    square = walk.producers.get(name)
    if square is None or not (
        (square.op_type == "Pow" and number(walk, square.input[1]) == 2.0)
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
    node = reader(walk, op.output_names[0], "Div", "Reciprocal")
    if node is None or (node.op_type == "Div" and list(node.input) != [centred, op.output_names[0]]):
        raise Unfit("it is not part of a normalization")
    return node


def _num_axes(walk: Walk, mean: Any, rank: int) -> int:
    axes = axes_of(walk, mean, rank)
    if not axes or axes != list(range(rank - len(axes), rank)):
        raise Unfit("it does not go over the last axes")
    return len(axes)


def _behind(walk: Walk, taken: list[Any], kind: str, shape: Sequence[int]) -> Any:
    """The constant that the next operation joins, where it is one a place of `shape`; the operation is taken in."""
    last = taken[-1].output[0]
    joined = reader(walk, last, kind)
    value = walk.values.get(other(joined, last)) if joined is not None else None
    if not isinstance(value, np.ndarray) or value.shape != tuple(shape):
        return None
    taken.append(joined)
    return value
