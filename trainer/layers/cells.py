"""Recurrent cells: one step of a recurrent layer, for a network that steps by itself."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.axes import shape_text
from trainer.layers.entry import follows, tensor, torch_layer
from trainer.layers.spec import CodeCall, Example, Fault, Layer, Port, RunCall, Shapes
from trainer.messages.registry import Text


def _state_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    for shape in shapes.get("state", ()):
        if shape != (values["hidden_size"],):
            found = {"expected": values["hidden_size"], "received": shape_text(shape)}
            return Fault("shape.state", None, found)
    return None


def _one_state_code(call: CodeCall) -> str:
    state = "".join(f", {state}" for state in call.inputs.get("state", ()))
    return f"{call.module}({call.one()}{state})"


def _one_state_run(call: RunCall) -> Any:
    return call.module(call.one(), *call.inputs.get("state", ()))


def _two_states_code(call: CodeCall) -> str:
    states = ", ".join(call.inputs.get("state", ()))
    given = f", ({states})" if states else ""
    output, cell = (call.outputs[port] if port in call.used else "_" for port in ("output", "c_n"))
    return f"{output}, {cell} = {call.module}({call.one()}{given})"


def _two_states_run(call: RunCall) -> dict[str, Any]:
    states = tuple(call.inputs.get("state", ()))
    output, cell = call.module(call.one(), *([states] if states else []))
    return {"output": output, "c_n": cell}


def _cell(
    name: str,
    label: Text,
    summary: Text,
    formula: str,
    *,
    two_states: bool = False,
    tries: Mapping[str, tuple[Any, ...]] | None = None,
) -> Layer:
    count = 2 if two_states else None
    return torch_layer(
        name,
        family="recur",
        icon="recur",
        label=label,
        summary=summary,
        formula=formula,
        params={"input_size": follows()},
        inputs=(
            tensor(ranks=(2,)),
            tensor("state", optional=True, variadic=two_states, count=count, ranks=(2,)),
        ),
        outputs=(Port("output"), Port("c_n")) if two_states else (Port("output"),),
        telling=("hidden_size",),
        code=_two_states_code if two_states else _one_state_code,
        run=_two_states_run if two_states else _one_state_run,
        wrong=_state_fault,
        example=Example(
            inputs={"input": (((5,), "float32"),)},
            optional={"state": (((6,), "float32"),) * (count or 1)},
            params={"hidden_size": 6},
            tries={"hidden_size": (3, 8), "bias": (False,), **(tries or {})},
        ),
    )


LAYERS = (
    _cell(
        "LSTMCell",
        Text("LSTM cell", "LSTM 单元"),
        Text(
            "One step of an LSTM: takes a memory of two parts (output and cell) and gives the next.",
            "LSTM 的一步：接受由输出和细胞组成的记忆，给出下一步的记忆。",
        ),
        r"c' = f \odot c + i \odot g, \quad h' = o \odot \tanh(c')",
        two_states=True,
    ),
    _cell(
        "GRUCell",
        Text("GRU cell", "GRU 单元"),
        Text("One step of a GRU: takes a memory and gives the next.", "GRU 的一步：接受记忆，给出下一步的记忆。"),
        r"h' = (1 - z) \odot n + z \odot h",
    ),
    _cell(
        "RNNCell",
        Text("RNN cell", "RNN 单元"),
        Text("One step of the plainest memory.", "最简单的记忆的一步。"),
        r"h' = \tanh(W_{ih} x + b_{ih} + W_{hh} h + b_{hh})",
        tries={"nonlinearity": ("relu",)},
    ),
)
