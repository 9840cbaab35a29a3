"""Recurrent layers: they read a sequence step by step and remember.

The last memory leaves as ``[layers × ways, memory]`` for each sample: the batch axis first, where torch has it second.
"""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import follows, tensor, torch_layer
from trainer.layers.spec import CodeCall, Example, Fault, Layer, Port, RunCall, Shapes
from trainer.messages.registry import Text

SEQUENCE = {"input": (((7, 5), "float32"),)}
TRIES = {
    "hidden_size": (3, 8),
    "num_layers": (2, 3),
    "bias": (False,),
    "dropout": (0.5, 0.9),
    "bidirectional": (True,),
}


def _one_state_code(call: CodeCall) -> str:
    state = f", {call.one('state')}.transpose(0, 1).contiguous()" if call.inputs.get("state") else ""
    output = call.outputs["output"] if "output" in call.used else "_"
    memory = call.outputs["h_n"] if "h_n" in call.used else "_"
    lines = [f"{output}, {memory} = {call.module}({call.one()}{state})"]
    if "h_n" in call.used:
        lines.append(f"{memory} = {memory}.transpose(0, 1)")
    return "\n".join(lines)


def _one_state_run(call: RunCall) -> dict[str, Any]:
    states = [state.transpose(0, 1).contiguous() for state in call.inputs.get("state", [])]
    output, memory = call.module(call.one(), *states)
    return {"output": output, "h_n": memory.transpose(0, 1)}


def _two_states_code(call: CodeCall) -> str:
    states = [f"{state}.transpose(0, 1).contiguous()" for state in call.inputs.get("state", [])]
    given = f", ({', '.join(states)})" if states else ""
    output, memory, cell = (call.outputs[port] if port in call.used else "_" for port in ("output", "h_n", "c_n"))
    kept = f"({memory}, {cell})" if call.used & {"h_n", "c_n"} else "_"
    lines = [f"{output}, {kept} = {call.module}({call.one()}{given})"]
    lines += [
        f"{call.outputs[port]} = {call.outputs[port]}.transpose(0, 1)" for port in ("h_n", "c_n") if port in call.used
    ]
    return "\n".join(lines)


def _two_states_run(call: RunCall) -> dict[str, Any]:
    states = tuple(state.transpose(0, 1).contiguous() for state in call.inputs.get("state", []))
    output, (memory, cell) = call.module(call.one(), *([states] if states else []))
    return {"output": output, "h_n": memory.transpose(0, 1), "c_n": cell.transpose(0, 1)}


def _state_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """A memory handed in must have the shape of the one that leaves; a projection must be smaller than the memory."""
    if values.get("proj_size", 0) >= values["hidden_size"]:
        return Fault(
            "param.projection", "proj_size", {"expected": values["hidden_size"] - 1, "received": values["proj_size"]}
        )
    rows = values["num_layers"] * (2 if values["bidirectional"] else 1)
    sizes = (values.get("proj_size") or values["hidden_size"], values["hidden_size"])
    for shape, size in zip(shapes.get("state", ()), sizes, strict=False):
        if shape != (rows, size):
            found = {"expected": f"{rows}×{size}", "received": "×".join(map(str, shape))}
            return Fault("shape.state", None, found)
    return None


def _recurrent(
    name: str, label: Text, summary: Text, formula: str, *, two_states: bool, tries: Mapping[str, tuple[Any, ...]]
) -> Layer:
    outputs = (Port("output"), Port("h_n"), Port("c_n")) if two_states else (Port("output"), Port("h_n"))
    state = tensor("state", optional=True, variadic=two_states, count=2 if two_states else None, ranks=(3,))
    return torch_layer(
        name,
        family="recur",
        icon="recur",
        label=label,
        summary=summary,
        formula=formula,
        params={"input_size": follows()},
        hidden=frozenset() if two_states else frozenset({"proj_size"}),
        inputs=(tensor(ranks=(3,)), state),
        outputs=outputs,
        telling=("hidden_size", "num_layers"),
        fixed={"batch_first": True},
        code=_two_states_code if two_states else _one_state_code,
        run=_two_states_run if two_states else _one_state_run,
        wrong=_state_fault,
        example=Example(
            inputs=SEQUENCE,
            optional={"state": (((1, 6), "float32"),) * (2 if two_states else 1)},
            params={"hidden_size": 6},
            tries={**TRIES, **tries},
            with_params={"dropout": {"num_layers": 2}},
        ),
    )


LAYERS = (
    _recurrent(
        "LSTM",
        Text("LSTM", "长短期记忆 (LSTM)"),
        Text(
            "Reads a sequence step by step, deciding what to remember and what to forget.",
            "逐步读取序列，并决定记住什么、忘记什么。",
        ),
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t, \quad h_t = o_t \odot \tanh(c_t)",
        two_states=True,
        tries={"proj_size": (2, 4)},
    ),
    _recurrent(
        "GRU",
        Text("GRU", "门控循环单元 (GRU)"),
        Text("Like LSTM with fewer parts, and often as good.", "类似 LSTM，结构更简单，效果常常相当。"),
        r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
        two_states=False,
        tries={},
    ),
    _recurrent(
        "RNN",
        Text("RNN", "简单循环网络 (RNN)"),
        Text("The plainest memory; forgets long sequences.", "最简单的记忆，难以记住长序列。"),
        r"h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})",
        two_states=False,
        tries={"nonlinearity": ("relu",)},
    ),
)
