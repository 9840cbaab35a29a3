"""Operations of ONNX that join tensors and constants place by place, said in operations of the catalogue."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from trainer.graph.importing.align import aligned
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import View
from trainer.layers.registry import CATALOGUE

NO_CHANGE: Final = {("Add", 0.0), ("Sub", 0.0), ("Mul", 1.0), ("Div", 1.0)}


@handles("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum")
def arithmetic(walk: Walk, op: Op) -> Sequence[Value]:
    inputs = [value for value in op.inputs if value is not None]
    if len(inputs) == 1:
        return [inputs[0]]
    if len(inputs) == 2 and op.op in ("Add", "Sub", "Mul", "Div") and (found := _with_number(walk, op)) is not None:
        return [found]
    wires, frame = aligned(walk, inputs)
    name = {"Max": "Maximum", "Min": "Minimum", "Sum": "Add"}.get(op.op, op.op)
    ports = {"input": wires[:1], "other": wires[1:]} if op.op in ("Sub", "Div") else {"inputs": wires}
    wire = walk.draft.add(name, ports)
    return [frame.seen(wire, walk.draft.spec(wire).shape)]


def _with_number(walk: Walk, op: Op) -> View | None:
    """A tensor and one constant number."""
    one, other = op.inputs[0], op.inputs[1]
    tensor, constant = (one, other) if isinstance(one, View) else (other, one)
    if not isinstance(tensor, View) or not isinstance(constant, np.ndarray) or constant.size != 1:
        return None
    if constant.ndim > tensor.rank or constant.dtype.kind != "f" or walk.draft.spec(tensor.wire).dtype != "float32":
        return None
    number, first = float(constant.reshape(-1)[0]), tensor is one
    if (first and (op.op, number) in NO_CHANGE) or (op.op, number) in {("Add", 0.0), ("Mul", 1.0)}:
        return tensor
    if "ScaleShift" not in CATALOGUE or not np.isfinite(number) or (op.op == "Div" and not first):
        return None
    scale, shift = {
        "Add": (1.0, number),
        "Sub": (1.0, -number) if first else (-1.0, number),
        "Mul": (number, 0.0),
        "Div": (1.0 / number if number else 1.0, 0.0),
    }[op.op]
    if op.op == "Div" and not number:
        raise Unfit("it divides by zero")
    return tensor.moved(walk.draft.add("ScaleShift", tensor.wire, {"scale": scale, "shift": shift}))
