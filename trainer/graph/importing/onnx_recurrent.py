"""Recurrent operations of ONNX, said in those of torch: the gates in another order, the steps behind the batch."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, view_of

GATES: Final = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}  # where torch's gates are among those of ONNX
ACTIVATIONS: Final = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}


@handles("LSTM", "GRU", "RNN")
def recurrent(walk: Walk, op: Op) -> Sequence[Value]:
    view, weight, recur = op.view(), op.needed(1), op.needed(2)
    ways, hidden = len(weight), op.get("hidden_size")
    _refuse_unusual(op)
    if op.get("layout", 0):
        view = view.transposed((1, 0, 2))
    laid = lay(walk.draft, view)
    if view.axes[1] != (0,) or len(laid.sizes) != 3:
        raise Unfit("its axes are not steps, batch and numbers")
    backwards = op.get("direction", "forward") == "reverse"
    last_first = {"dim": 1, "indices": list(range(laid.sizes[1]))[::-1]}
    given = walk.draft.add("IndexSelect", laid.wire, last_first) if backwards else laid.wire
    gates = GATES[op.op]
    bias = op.constant(3)
    weights: dict[str, Array] = {}
    for way in range(ways):
        end = "l0_reverse" if way else "l0"
        weights[f"weight_ih_{end}"], weights[f"weight_hh_{end}"] = (
            _gates(matrix[way], gates, hidden) for matrix in (weight, recur)
        )
        if bias is not None:
            halves = np.split(bias[way], 2)
            weights[f"bias_ih_{end}"], weights[f"bias_hh_{end}"] = (_gates(half, gates, hidden) for half in halves)
    params: dict[str, Any] = {"hidden_size": hidden, "bias": bias is not None, "bidirectional": ways == 2}
    if op.op == "RNN" and op.get("activations"):
        params["nonlinearity"] = op.get("activations")[0].decode().lower()
    inputs = {"input": [given], "state": _states(walk, op)}
    name = walk.name_of(op)
    wire = walk.draft.add(op.op, inputs, params, name=name, weights=weights, key=(op.op, *op.input_names[1:4]))
    steps = laid.sizes[1]
    steps_given = walk.draft.add("IndexSelect", wire, last_first) if backwards else wire
    outputs: list[Value] = [view_of(steps_given, (BATCH, steps, ways, hidden), [(1,), (2,), (0,), (3,)])]
    for port in ("h_n", "c_n")[: len(op.output_names) - 1]:
        outputs.append(view_of(Wire(wire.node, port), (BATCH, ways, hidden), [(1,), (0,), (2,)]))
    if op.get("layout", 0):
        outputs = [view.transposed((2, 0, 1, 3) if n == 0 else (1, 0, 2)) for n, view in enumerate(outputs)]  # type: ignore[union-attr]
    return outputs


def _refuse_unusual(op: Op) -> None:
    usual = ACTIVATIONS[op.op] * (2 if op.get("direction", "forward") == "bidirectional" else 1)
    given = [name.decode() for name in op.get("activations") or []]
    if given and given != usual and not (op.op == "RNN" and set(given) == {"Relu"}):
        raise Unfit(f"its activations are {', '.join(given)}")
    if op.get("clip") is not None or op.get("input_forget", 0):
        raise Unfit("it clips or couples its gates")
    if op.op == "GRU" and not op.get("linear_before_reset", 0):
        raise Unfit("its reset gate comes before the product, and torch's after it")
    if len(op.inputs) > 4 and op.inputs[4] is not None and not _steps_all(op.inputs[4]):
        raise Unfit("its sequences have lengths of their own")
    if len(op.inputs) > 7 and op.inputs[7] is not None:
        raise Unfit("its gates look at the memory")


def _steps_all(value: Value) -> bool:
    return isinstance(value, np.ndarray) and value.size > 0 and bool((value == value.flat[0]).all())


def _gates(matrix: Array, order: Sequence[int], hidden: int) -> Array:
    parts = matrix.reshape(len(order), hidden, -1)[list(order)]
    return parts.reshape(len(order) * hidden, *matrix.shape[1:])


def _states(walk: Walk, op: Op) -> list[Wire]:
    """The memories handed in; zeros are what a layer begins with anyway."""
    given = [value for value in op.inputs[5 : 7 if op.op == "LSTM" else 6] if value is not None]
    if all(isinstance(value, np.ndarray) and not value.any() for value in given):
        return []
    like = next((value for value in given if isinstance(value, View)), None)
    if like is None or (op.op == "LSTM" and len(given) != 2) or op.get("layout", 0):
        raise Unfit("its first memory is a constant")
    return [lay(walk.draft, walk.as_view(value, like)).wire for value in given]
