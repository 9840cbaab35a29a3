"""Operations of ONNX that compare and choose, said in operations of the catalogue, where yes and no are bool tensors.

Nothing there compares: a number is larger than another where ReLU leaves something of their difference, and unequal
where the difference is not zero, both of which a Cast to bool tells.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from trainer.graph.importing.align import aligned
from trainer.graph.importing.onnx_arithmetic import arithmetic
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View

JOINED: Final = {"And": "Minimum", "Or": "Maximum"}


def cast(walk: Walk, view: View, dtype: str) -> View:
    """The tensor in another number type."""
    if walk.draft.spec(view.wire).dtype == dtype:
        return view
    return view.moved(walk.draft.add("Cast", view.wire, {"dtype": dtype}))


def opposite(walk: Walk, view: View) -> View:
    """True where it is false."""
    one = cast(walk, view, "float32")
    less = one.moved(walk.draft.add("ScaleShift", one.wire, {"scale": -1.0, "shift": 1.0}))
    return cast(walk, less, "bool")


def is_above_zero(walk: Walk, view: View) -> View:
    """True where a number is larger than zero."""
    return cast(walk, view.moved(walk.draft.add("ReLU", view.wire)), "bool")


def _difference(walk: Walk, op: Op, one: Value, other: Value) -> View:
    numbers: list[Value] = []
    for value in (one, other):
        if isinstance(value, np.ndarray) and not np.isfinite(value).all():
            raise Unfit("it compares with infinity")
        numbers.append(cast(walk, value, "float32") if isinstance(value, View) else value)
    (found,) = arithmetic(walk, Op("Sub", op.name, {}, op.input_names, op.output_names, numbers, op.opset))
    if not isinstance(found, View):
        raise Unfit("its inputs are not known")
    return found


@handles("Greater", "GreaterOrEqual", "Less", "LessOrEqual")
def compared(walk: Walk, op: Op) -> Sequence[Value]:
    one, other = op.inputs[:2]
    if op.op in ("Less", "GreaterOrEqual"):
        one, other = other, one
    found = is_above_zero(walk, _difference(walk, op, one, other))
    return [opposite(walk, found) if op.op.endswith("OrEqual") else found]


@handles("Equal")
def equal(walk: Walk, op: Op) -> Sequence[Value]:
    """Which words are padding, where whole numbers of two axes are compared with one."""
    tensor, index = op.inputs[:2] if isinstance(op.inputs[0], View) else reversed(op.inputs[:2])
    words = isinstance(tensor, View) and tensor.rank == 2 and walk.draft.spec(tensor.wire).dtype == "int64"
    if words and isinstance(tensor, View) and isinstance(index, np.ndarray) and index.size == 1 and index.item() >= 0:
        params = {"padding_idx": int(index.item())}
        return [tensor.moved(walk.draft.add("PaddingMask", {"tokens": [tensor.wire]}, params))]
    return [opposite(walk, cast(walk, _difference(walk, op, tensor, index), "bool"))]


@handles("Not")
def negated(walk: Walk, op: Op) -> Sequence[Value]:
    return [opposite(walk, op.view())]


@handles("And", "Or")
def joined(walk: Walk, op: Op) -> Sequence[Value]:
    wires, frame = aligned(walk, op.inputs[:2])
    wire = walk.draft.add(JOINED[op.op], {"inputs": wires})
    return [frame.seen(wire, walk.draft.spec(wire).shape)]


@handles("Trilu")
def triangle(walk: Walk, op: Op) -> Sequence[Value]:
    """A product with a triangle of ones, which is no weight."""
    view = op.view()
    shift = op.constant(1)
    which = np.triu if op.get("upper", 1) else np.tril
    ones = which(np.ones(view.shape[-2:], dtype=np.float32), 0 if shift is None else int(shift.item()))
    numbers = cast(walk, view, "float32")
    wires, frame = aligned(walk, [numbers, ones])
    wire = walk.draft.add("Mul", {"inputs": wires})
    return [cast(walk, frame.seen(wire, walk.draft.spec(wire).shape), walk.draft.spec(view.wire).dtype)]


@handles("Sign")
def sign(walk: Walk, op: Op) -> Sequence[Value]:
    """Whether a number is larger than zero, less whether it is smaller."""
    view = op.view()
    mirrored = view.moved(walk.draft.add("ScaleShift", view.wire, {"scale": -1.0}))
    above, below = (cast(walk, is_above_zero(walk, side), "float32").wire for side in (view, mirrored))
    return [view.moved(walk.draft.add("Sub", {"input": [above], "other": [below]}))]


@handles("Where")
def where(walk: Walk, op: Op) -> Sequence[Value]:
    condition, one, other = op.inputs[:3]
    if isinstance(condition, np.ndarray) and isinstance(one, View) and isinstance(other, np.ndarray):
        return [_masked(walk, one, condition, other)]
    if isinstance(condition, np.ndarray) and isinstance(other, View) and isinstance(one, np.ndarray):
        return [_masked(walk, other, ~condition, one)]
    wires, frame = aligned(walk, [condition, one, other])
    ports = {"condition": wires[:1], "input": wires[1:2], "other": wires[2:]}
    wire = walk.draft.add("Where", ports)
    return [frame.seen(wire, walk.draft.spec(wire).shape)]


def _masked(walk: Walk, view: View, keep: Any, other: Any) -> View:
    """A tensor with very negative numbers where a fixed mask says so: the mask is added."""
    if other.size != 1 or float(other.reshape(-1)[0]) > -1e4:
        raise Unfit("it chooses by a constant")
    mask = np.where(keep, np.float32(0), np.float32(other.reshape(-1)[0]))
    wires, frame = aligned(walk, [view, mask])
    wire = walk.draft.add("Add", {"inputs": wires})
    return frame.seen(wire, walk.draft.spec(wire).shape)
