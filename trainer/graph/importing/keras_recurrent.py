"""Recurrent layers of Keras. Its LSTM has its gates in torch's order, its GRU has the first two the other way."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.keras_activations import activation_word
from trainer.graph.importing.keras_layers import biased
from trainer.graph.importing.keras_model import Ref
from trainer.graph.importing.keras_walk import Op, Value, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import lay, whole

TORCH: Final = {"LSTM": "LSTM", "GRU": "GRU", "SimpleRNN": "RNN"}
GATES: Final = {"LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2), "SimpleRNN": (0,)}  # where torch's are among those of Keras
MERGED: Final = ("concat", "sum", "mul", "ave")


@handles(*TORCH)
def recurrent(op: Op) -> list[Value]:
    wire, params = _begin(op)
    if op.settings.flag("go_backwards", False):  # and what it gives stays in the order in which it reads
        last_first = list(range(op.draft.spec(wire).shape[0]))[::-1]
        wire = op.add("IndexSelect", wire, {"dim": 1, "indices": last_first}, suffix="backwards")
    given = op.add(
        TORCH[op.layer.kind],
        {"input": [wire], "state": _states(op)},
        params,
        weights=_direction(op, "", "l0"),
        learned=True,
    )
    outputs: list[Value] = []
    if op.settings.flag("return_sequences", False):
        outputs.append(whole(op.draft, given))
    else:
        outputs.append(whole(op.draft, op.add("LastStep", given, suffix="last")))
    if op.settings.flag("return_state", False):
        for port in ("h_n", "c_n")[: 2 if op.layer.kind == "LSTM" else 1]:
            wire = op.add("Squeeze", Wire(given.node, port), {"dim": 1}, suffix=port)
            outputs.append(whole(op.draft, wire))
    return outputs


@handles("Bidirectional")
def bidirectional(op: Op) -> Value:
    """Two layers at once: both read all, and their numbers lie side by side or are brought together."""
    mode = op.settings.get("merge_mode")
    inner, backward = op.inner("layer"), op.layer.config.get("backward_layer")
    kind = inner.layer.kind
    if kind not in TORCH or mode not in MERGED:
        raise Unfit("it does not wrap a recurrent layer, or its ways are not merged")
    if isinstance(backward, dict):
        _refuse_unlike(inner.layer.config, backward)
    if inner.settings.flag("return_state", False) or len(op.values) > 1:
        raise Unfit("it takes or gives memories")
    inner.settings.nothing("go_backwards")
    wire, params = _begin(inner)
    weights = _direction(inner, "forward", "l0") | _direction(inner, "backward", "l0_reverse")
    given = op.add(TORCH[kind], wire, {**params, "bidirectional": True}, weights=weights, learned=True)
    if not inner.settings.flag("return_sequences", False):
        given = op.add("Flatten", Wire(given.node, "h_n"), suffix="last")
    return whole(op.draft, _merged(op, given, params["hidden_size"], str(mode)))


def _merged(op: Op, wire: Wire, units: int, mode: str) -> Wire:
    if mode == "concat":
        return wire
    split = op.add("Split", wire, {"sizes": [units, units], "dim": -1}, suffix="ways")
    ports = [given.port for given in op.draft.specs if given.node == split.node]
    halves = {"inputs": [Wire(split.node, port) for port in ports]}
    together = op.add("Mul" if mode == "mul" else "Add", halves, suffix="merged")
    return op.add("ScaleShift", together, {"scale": 0.5}, suffix="mean") if mode == "ave" else together


def _refuse_unlike(forward: Any, backward: dict[str, Any]) -> None:
    config = backward.get("config")
    alike = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences")
    if not isinstance(config, dict) or any(config.get(name) != forward.get(name) for name in alike):
        raise Unfit("the layer that reads backwards is another one")


def _begin(op: Op) -> tuple[Wire, dict[str, Any]]:
    settings, kind = op.settings, op.layer.kind
    usual: dict[str, tuple[str, ...]] = {"activation": ("tanh",), "recurrent_activation": ("sigmoid",)}
    if kind == "SimpleRNN":
        usual = {"activation": ("tanh", "relu")}
    for name, words in usual.items():
        if activation_word(op.layer.config.get(name, words[0])) not in words:
            raise Unfit(f"its {name} is not {' or '.join(words)}")
    if kind == "GRU" and not settings.flag("reset_after", op.walk.generation > 2):
        raise Unfit("its reset gate comes before the product, and torch's after it")
    settings.nothing("time_major")
    if any(settings.get(name) for name in ("stateful", "dropout", "recurrent_dropout")):
        what = ", ".join(name for name in ("stateful", "dropout", "recurrent_dropout") if settings.get(name))
        op.draft.report.say("warning", "keras_left_out", name=op.name, what=what)
    view = op.value(next(iter(op.values)))
    if view.rank != 3:
        raise Unfit(f"it reads {view.rank} axes, where batch, steps and numbers were expected")
    params: dict[str, Any] = {"hidden_size": settings.size("units"), "bias": settings.flag("use_bias", True)}
    if kind == "SimpleRNN":
        params["nonlinearity"] = activation_word(op.layer.config.get("activation", "tanh"))
    return lay(op.draft, view).wire, params


def _states(op: Op) -> list[Wire]:
    """The memories handed in: by place behind the series, or by name."""
    refs = [ref for ref in op.values if isinstance(ref, Ref)][1:]
    if not refs:
        return []
    if len(refs) != (2 if op.layer.kind == "LSTM" else 1) or op.call.settings.get("mask") is not None:
        raise Unfit("it is given something besides its memories")
    wires = [lay(op.draft, op.value(ref)).wire for ref in refs]
    return [op.add("Unsqueeze", wire, {"dim": 1}, suffix="state") for wire in wires]


def _direction(op: Op, way: str, end: str) -> dict[str, Array]:
    """The weights of one way, as torch has them: transposed, and a bias of its own for the memory."""
    found = op.weights(biased(op, None, kernel=2, recurrent_kernel=2), way)
    if not found:
        return {}
    gates = GATES[op.layer.kind]
    weights = {
        f"weight_ih_{end}": _gates(found["kernel"].T, gates),
        f"weight_hh_{end}": _gates(found["recurrent_kernel"].T, gates),
    }
    if "bias" in found:
        bias = found["bias"]
        halves = list(bias) if bias.ndim == 2 else [bias, np.zeros_like(bias)]
        if len(halves) != 2:
            raise Unfit("its bias is not one or two rows")
        weights[f"bias_ih_{end}"], weights[f"bias_hh_{end}"] = (_gates(half, gates) for half in halves)
    return weights


def _gates(matrix: Array, order: Sequence[int]) -> Array:
    if matrix.shape[0] % len(order):
        raise Unfit(f"its weights have {matrix.shape[0]} rows")
    parts = matrix.reshape(len(order), -1, *matrix.shape[1:])
    return parts[list(order)].reshape(matrix.shape)
