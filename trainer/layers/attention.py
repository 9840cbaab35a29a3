"""Attention: every position looks at every other."""

from collections.abc import Callable, Mapping
from typing import Any

from trainer.layers.entry import follows, tensor, torch_layer
from trainer.layers.spec import CodeCall, Example, Fault, Port, RunCall, Shapes
from trainer.messages.registry import Text

SEQUENCE = (((6, 8), "float32"),)


def _heads_fault(heads: str, port: str) -> Callable[[Mapping[str, Any], Shapes], Fault | None]:
    def find(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
        size = shapes[port][0][-1]
        if size % values[heads]:
            return Fault("param.heads", heads, {"width": size, "received": values[heads]})
        for other in ("key", "value"):
            for shape in shapes.get(other, ()):
                if shape[-1] != size:
                    return Fault("shape.widths", None, {"port": other, "expected": size, "received": shape[-1]})
        for shape in shapes.get("mask", ()):
            length = shapes.get("key", shapes[port])[0][0]
            if shape != (length,):
                found = {"expected": length, "received": "×".join(map(str, shape))}
                return Fault("shape.mask", None, found)
        return None

    return find


def _attention_code(call: CodeCall) -> str:
    query = call.one("query")
    key = call.one("key") if call.inputs.get("key") else query
    value = call.one("value") if call.inputs.get("value") else key
    mask = f", key_padding_mask={call.one('mask')}" if call.inputs.get("mask") else ""
    needed = "" if "weights" in call.used else ", need_weights=False"
    output = call.outputs["output"] if "output" in call.used else "_"
    weights = call.outputs["weights"] if "weights" in call.used else "_"
    return f"{output}, {weights} = {call.module}({query}, {key}, {value}{mask}{needed})"


def _attention_run(call: RunCall) -> dict[str, Any]:
    query = call.one("query")
    key = call.one("key") if call.inputs.get("key") else query
    value = call.one("value") if call.inputs.get("value") else key
    wanted = "weights" in call.used
    output, weights = call.module(query, key, value, key_padding_mask=call.one("mask"), need_weights=wanted)
    return {"output": output, "weights": weights}


def _encoder_code(call: CodeCall) -> str:
    mask = f", src_key_padding_mask={call.one('mask')}" if call.inputs.get("mask") else ""
    return f"{call.module}({call.one()}{mask})"


def _encoder_run(call: RunCall) -> Any:
    return call.module(call.one(), src_key_padding_mask=call.one("mask"))


MASK = Port("mask", optional=True, ranks=(2,), dtypes=("bool",))

LAYERS = (
    torch_layer(
        "MultiheadAttention",
        family="attn",
        icon="attn",
        label=Text("Multi-head attention", "多头注意力"),
        summary=Text(
            "Each position gathers what it needs from all others. With the query alone it attends to itself.",
            "每个位置从其他位置收集所需的信息。只接 query 时为自注意力。",
        ),
        params={"embed_dim": follows("query")},
        hidden=frozenset({"kdim", "vdim"}),
        inputs=(
            tensor("query", ranks=(3,)),
            tensor("key", ranks=(3,), optional=True),
            tensor("value", ranks=(3,), optional=True),
            MASK,
        ),
        outputs=(Port("output"), Port("weights")),
        telling=("num_heads",),
        fixed={"batch_first": True},
        code=_attention_code,
        run=_attention_run,
        wrong=_heads_fault("num_heads", "query"),
        example=Example(
            inputs={"query": SEQUENCE, "key": SEQUENCE, "value": SEQUENCE},
            params={"num_heads": 2},
            tries={
                "num_heads": (1, 4),
                "dropout": (0.3, 0.7),
                "bias": (False,),
                "add_bias_kv": (True,),
                "add_zero_attn": (True,),
            },
        ),
    ),
    torch_layer(
        "TransformerEncoderLayer",
        family="attn",
        icon="attn",
        label=Text("Transformer encoder layer", "Transformer 编码层"),
        summary=Text(
            "Attention, then two dense layers, each with a shortcut and normalization.",
            "先注意力，再两层全连接，各带捷径和归一化。",
        ),
        params={"d_model": follows()},
        inputs=(tensor(ranks=(3,)), MASK),
        telling=("nhead", "dim_feedforward"),
        fixed={"batch_first": True},
        code=_encoder_code,
        run=_encoder_run,
        wrong=_heads_fault("nhead", "input"),
        example=Example(
            inputs={"input": SEQUENCE},
            params={"nhead": 2, "dim_feedforward": 16},
            tries={
                "nhead": (1, 4),
                "dim_feedforward": (8, 32),
                "dropout": (0.3, 0.7),
                "activation": ("gelu",),
                "layer_norm_eps": (0.1, 0.5),
                "norm_first": (True,),
                "bias": (False,),
            },
        ),
    ),
)
