"""Activations that exporters take apart: a few operations in a row that are one layer of torch."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from trainer.graph.importing.onnx_elementwise import short
from trainer.graph.importing.onnx_match import give, is_scaled, made_by, number, other, reader, repeated, view
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, ends, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View


def _activation(walk: Walk, name: str, layer: str, params: Mapping[str, Any] | None = None) -> Sequence[Value]:
    source = view(walk, name)
    return [source.moved(walk.draft.add(layer, source.wire, params))]


def _known(walk: Walk, name: str) -> float:
    """The number that a constant is; unfit where it is none."""
    found = number(walk, name)
    if found is None:
        raise Unfit("it is part of another pattern")
    return short(found)


@ends("Mul")
def silu(walk: Walk, op: Op) -> Sequence[Value]:
    """x * sigmoid(x)."""
    for source, gate in (op.input_names, reversed(op.input_names)):
        made = walk.producers.get(gate)
        if made is not None and made.op_type == "Sigmoid" and made.input[0] == source:
            return _activation(walk, source, "SiLU")
    raise Unfit("it is part of another pattern")


@ends("Div")
def softsign(walk: Walk, op: Op) -> Sequence[Value]:
    """x / (1 + |x|)."""
    source, below = op.input_names
    plus = made_by(walk, below, "Add")
    for size, one in (plus.input, reversed(plus.input)):
        if number(walk, one) == 1.0 and made_by(walk, size, "Abs").input[0] == source:
            return _activation(walk, source, "Softsign")
    raise Unfit("it is part of another pattern")


@ends("Log")
def log_sigmoid(walk: Walk, op: Op) -> Sequence[Value]:
    return _activation(walk, made_by(walk, op.input_names[0], "Sigmoid").input[0], "LogSigmoid")


@ends("Where")
def softplus(walk: Walk, op: Op) -> Sequence[Value]:
    """softplus(x) where x is small and x itself where it is large: what torch's Softplus does anyway."""
    choice, large, small = op.input_names
    compared = made_by(walk, choice, "Greater")
    source = made_by(walk, small, "Softplus").input[0]
    if not (compared.input[0] == large == source) or _known(walk, compared.input[1]) < 15:
        raise Unfit("it is part of another pattern")
    return _activation(walk, source, "Softplus")


@ends("Where")
def threshold(walk: Walk, op: Op) -> Sequence[Value]:
    """One number in place of what is no larger than another; of |x|, zero: Hardshrink."""
    choice, instead, source = op.input_names
    compared = made_by(walk, choice, "LessOrEqual")
    limit, value = _known(walk, compared.input[1]), _known(walk, instead)
    if compared.input[0] == source:
        return _activation(walk, source, "Threshold", {"threshold": limit, "value": value})
    if made_by(walk, compared.input[0], "Abs").input[0] != source or value != 0 or limit < 0:
        raise Unfit("it is part of another pattern")
    return _activation(walk, source, "Hardshrink", {"lambd": limit})


@ends("Where")
def softshrink(walk: Walk, op: Op) -> Sequence[Value]:
    """x - sign(x) l where |x| is larger than l, and nothing elsewhere."""
    choice, less, nothing = op.input_names
    compared, minus = made_by(walk, choice, "Greater"), made_by(walk, less, "Sub")
    source, limit = minus.input[0], _known(walk, compared.input[1])
    sign = is_scaled(walk, made_by(walk, minus.input[1], "Mul"), limit) if limit > 0 else None
    zero = repeated(walk, nothing) == 0 or _is_nothing(walk, nothing)
    if sign is None or not zero or made_by(walk, compared.input[0], "Abs").input[0] != source:
        raise Unfit("it is part of another pattern")
    if made_by(walk, sign, "Sign").input[0] != source:
        raise Unfit("it is part of another pattern")
    return _activation(walk, source, "Softshrink", {"lambd": limit})


def _is_nothing(walk: Walk, name: str) -> bool:
    node = walk.producers.get(name)
    return node is not None and node.op_type == "Mul" and 0.0 in (number(walk, given) for given in node.input)


@handles("Erf")
def gelu(walk: Walk, op: Op) -> Sequence[Value]:
    """0.5 x (1 + erf(x / sqrt 2)), in any order of its factors."""
    source = is_scaled(walk, walk.producers.get(op.input_names[0]), 1 / sqrt(2))
    found = walk.values.get(source or "")
    plus = reader(walk, op.output_names[0], "Add")
    if not isinstance(found, View) or plus is None or number(walk, other(plus, op.output_names[0])) != 1.0:
        raise Unfit("it is not part of a GELU")
    taken, halved, multiplied = [plus], False, False
    while not (halved and multiplied):
        last = taken[-1].output[0]
        joined = reader(walk, last, "Mul")
        if joined is None:
            raise Unfit("it is not part of a GELU")
        factor = other(joined, last)
        if number(walk, factor) == 0.5:
            halved = True
        elif factor == source:
            multiplied = True
        elif is_scaled(walk, walk.producers.get(factor), 0.5) == source:
            halved = multiplied = True
        else:
            raise Unfit("it is not part of a GELU")
        taken.append(joined)
    given = found.moved(walk.draft.add("GELU", found.wire))
    give(walk, taken, given)
    return [given]
