"""Transformers: layers of attention and dense parts, alone and stacked.

A stack takes the parameters of its layer and how many there are. Nested tensors are off: they would only be a faster
way to the same numbers, and an export cannot hold them.
"""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.attention import causal_code, causal_run, heads_fault, key_mask_fault
from trainer.layers.entry import About, about, follows, own_param, tensor, torch_layer
from trainer.layers.sequence import mask_port
from trainer.layers.spec import CodeCall, Example, Fault, RunCall, Shapes
from trainer.messages.registry import Text

SEQUENCE: Final = (((6, 8), "float32"),)
MEMORY: Final = (((5, 8), "float32"),)
MASK: Final = {"mask": (((6,), "bool"),)}
TWO_MASKS: Final = {"tgt_mask": (((6,), "bool"),), "memory_mask": (((5,), "bool"),)}
POSITIONAL: Final = ("d_model", "nhead")
STACK: Final = frozenset({"num_layers", "norm", "is_causal", "tgt_is_causal"})
SMALL: Final = {"nhead": 2, "dim_feedforward": 16}
TRIES: Final[Mapping[str, tuple[Any, ...]]] = {
    "nhead": (1, 4),
    "dim_feedforward": (8, 32),
    "dropout": (0.3, 0.7),
    "activation": ("gelu",),
    "layer_norm_eps": (0.1, 0.5),
    "norm_first": (True,),
    "bias": (False,),
}
STACK_PARAMS: Final = (own_param("num_layers", "int"), own_param("norm", "bool", False))


def _encoder_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    length, width = shapes["input"][0]
    return heads_fault("nhead", values["nhead"], width) or key_mask_fault("mask", shapes, length)


def _encoder_code(call: CodeCall, mask: str) -> str:
    arguments = [call.one()]
    if call.inputs.get("mask"):
        arguments.append(f"src_key_padding_mask={call.one('mask')}")
    arguments += causal_code(call, "is_causal", call.one(), mask)
    return f"{call.module}({', '.join(arguments)})"


def _encoder_run(call: RunCall, mask: str) -> Any:
    causal = causal_run(call, "is_causal", call.one(), mask)
    return call.module(call.one(), src_key_padding_mask=call.one("mask"), **causal)


def _pair_fault(first: str, second: str, values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Two sequences of one width, each with a mask of its own length."""
    (length, width), (other_length, other_width) = shapes[first][0], shapes[second][0]
    if width != other_width:
        return Fault("shape.widths", None, {"port": second, "expected": width, "received": other_width})
    return (
        heads_fault("nhead", values["nhead"], width)
        or key_mask_fault(f"{first}_mask", shapes, length)
        or key_mask_fault(f"{second}_mask", shapes, other_length)
    )


def _decoder_code(call: CodeCall) -> str:
    arguments = [call.one("tgt"), call.one("memory")]
    arguments += [
        f"{name}_key_padding_mask={call.one(f'{name}_mask')}"
        for name in ("tgt", "memory")
        if call.inputs.get(f"{name}_mask")
    ]
    arguments += causal_code(call, "tgt_is_causal", call.one("tgt"), "tgt_mask")
    return f"{call.module}({', '.join(arguments)})"


def _decoder_run(call: RunCall) -> Any:
    return call.module(
        call.one("tgt"),
        call.one("memory"),
        tgt_key_padding_mask=call.one("tgt_mask"),
        memory_key_padding_mask=call.one("memory_mask"),
        **causal_run(call, "tgt_is_causal", call.one("tgt"), "tgt_mask"),
    )


def _transformer_code(call: CodeCall) -> str:
    """The padding of the source is also hidden from the decoder."""
    arguments = [call.one("src"), call.one("tgt")]
    masks = {"src": "src_mask", "tgt": "tgt_mask", "memory": "src_mask"}
    arguments += [f"{name}_key_padding_mask={call.one(port)}" for name, port in masks.items() if call.inputs.get(port)]
    arguments += causal_code(call, "tgt_is_causal", call.one("tgt"), "tgt_mask")
    return f"{call.module}({', '.join(arguments)})"


def _transformer_run(call: RunCall) -> Any:
    return call.module(
        call.one("src"),
        call.one("tgt"),
        src_key_padding_mask=call.one("src_mask"),
        tgt_key_padding_mask=call.one("tgt_mask"),
        memory_key_padding_mask=call.one("src_mask"),
        **causal_run(call, "tgt_is_causal", call.one("tgt"), "tgt_mask"),
    )


def _stack(kind: str, nn: Any, values: Mapping[str, Any]) -> Any:
    arguments = {name: value for name, value in values.items() if name not in STACK}
    layer = getattr(nn, f"{kind}Layer")(**arguments, batch_first=True)
    last = None
    if values["norm"]:
        last = nn.LayerNorm(values["d_model"], eps=values["layer_norm_eps"], bias=values["bias"])
    plain = {"enable_nested_tensor": False} if kind == "TransformerEncoder" else {}
    return getattr(nn, kind)(layer, values["num_layers"], norm=last, **plain)


def _stack_code(kind: str, written: Mapping[str, str]) -> str:
    arguments = [written[name] for name in POSITIONAL]
    arguments += [f"{name}={text}" for name, text in written.items() if name not in STACK and name not in POSITIONAL]
    parts = [f"nn.{kind}Layer({', '.join([*arguments, 'batch_first=True'])})", written["num_layers"]]
    if "norm" in written:
        facts = [f"eps={written['layer_norm_eps']}"] if "layer_norm_eps" in written else []
        facts += [f"bias={written['bias']}"] if "bias" in written else []
        last = f"nn.LayerNorm({', '.join([written['d_model'], *facts])})"
        parts.append(f"norm={last}" + ("" if written["norm"] == "True" else f" if {written['norm']} else None"))
    if kind == "TransformerEncoder":
        parts.append("enable_nested_tensor=False")
    return f"nn.{kind}({', '.join(parts)})"


ENCODER_FACTS: Final[Mapping[str, Any]] = {
    "family": "attn",
    "icon": "attn",
    "params": {"d_model": follows()},
    "inputs": (tensor(ranks=(3,)), mask_port()),
    "fixed": {"batch_first": True},
    "wrong": _encoder_fault,
}
DECODER_FACTS: Final[Mapping[str, Any]] = {
    "family": "attn",
    "icon": "attn",
    "params": {"d_model": follows("tgt")},
    "inputs": (
        tensor("tgt", ranks=(3,)),
        tensor("memory", ranks=(3,)),
        mask_port("tgt_mask"),
        mask_port("memory_mask"),
    ),
    "fixed": {"batch_first": True},
    "code": _decoder_code,
    "run": _decoder_run,
    "wrong": lambda values, shapes: _pair_fault("tgt", "memory", values, shapes),
}
TRANSFORMER_PARAMS: Final[Mapping[str, About]] = {
    "d_model": follows("src"),
    "num_encoder_layers": about(
        Text("Encoder layers", "编码层数"),
        Text("How many layers read the source.", "用多少层读取源序列。"),
        minimum=1,
        maximum=64,
        important=True,
    ),
    "num_decoder_layers": about(
        Text("Decoder layers", "解码层数"),
        Text("How many layers write the target.", "用多少层写出目标序列。"),
        minimum=1,
        maximum=64,
        important=True,
    ),
}

LAYERS = (
    torch_layer(
        "TransformerEncoderLayer",
        **ENCODER_FACTS,
        label=Text("Transformer encoder layer", "Transformer 编码层"),
        summary=Text(
            "Attention, then two dense layers, each with a shortcut and normalization.",
            "先注意力，再两层全连接，各带捷径和归一化。",
        ),
        formula=r"z = \operatorname{LN}(x + \operatorname{Attn}(x)), \quad "
        r"y = \operatorname{LN}(z + \operatorname{FF}(z))",
        more=(own_param("is_causal", "bool", False),),
        call_params=frozenset({"is_causal"}),
        telling=("nhead", "dim_feedforward"),
        code=lambda call: _encoder_code(call, "src_mask"),
        run=lambda call: _encoder_run(call, "src_mask"),
        example=Example(inputs={"input": SEQUENCE}, optional=MASK, params=SMALL, tries={**TRIES, "is_causal": (True,)}),
    ),
    torch_layer(
        "TransformerDecoderLayer",
        **DECODER_FACTS,
        label=Text("Transformer decoder layer", "Transformer 解码层"),
        summary=Text(
            "Attends to the target, then to a memory such as an encoded source, then two dense layers.",
            "先关注目标自身，再关注记忆（如编码后的源），最后两层全连接。",
        ),
        formula=r"z = \operatorname{LN}(x + \operatorname{Attn}(x)), \quad w = \operatorname{LN}(z + "
        r"\operatorname{Attn}(z, m)), \quad y = \operatorname{LN}(w + \operatorname{FF}(w))",
        more=(own_param("tgt_is_causal", "bool", False),),
        call_params=frozenset({"tgt_is_causal"}),
        telling=("nhead", "dim_feedforward"),
        example=Example(
            inputs={"tgt": SEQUENCE, "memory": MEMORY},
            optional=TWO_MASKS,
            params=SMALL,
            tries={**TRIES, "tgt_is_causal": (True,)},
        ),
    ),
    torch_layer(
        "TransformerEncoder",
        **ENCODER_FACTS,
        signature="TransformerEncoderLayer",
        label=Text("Transformer encoder", "Transformer 编码器"),
        summary=Text(
            "Encoder layers in a row. All start with the same weights, as torch has it; a repeated layer does not.",
            "多个编码层串联。与 torch 一致，各层初始权重相同；重复单个编码层则各不相同。",
        ),
        formula=r"y = \operatorname{Layer}_N(\dots \operatorname{Layer}_1(x))",
        more=(*STACK_PARAMS, own_param("is_causal", "bool", False)),
        build=lambda nn, values: _stack("TransformerEncoder", nn, values),
        build_code=lambda written: _stack_code("TransformerEncoder", written),
        telling=("num_layers", "nhead"),
        code=lambda call: _encoder_code(call, "mask"),
        run=lambda call: _encoder_run(call, "mask"),
        example=Example(
            inputs={"input": SEQUENCE},
            optional=MASK,
            params={**SMALL, "num_layers": 2},
            tries={**TRIES, "num_layers": (1, 3), "norm": (True,), "is_causal": (True,)},
        ),
    ),
    torch_layer(
        "TransformerDecoder",
        **DECODER_FACTS,
        signature="TransformerDecoderLayer",
        label=Text("Transformer decoder", "Transformer 解码器"),
        summary=Text(
            "Decoder layers in a row, all on one memory. All start with the same weights, as torch has it.",
            "多个解码层串联，共用一份记忆。与 torch 一致，各层初始权重相同。",
        ),
        formula=r"y = \operatorname{Layer}_N(\dots \operatorname{Layer}_1(x, m) \dots, m)",
        more=(*STACK_PARAMS, own_param("tgt_is_causal", "bool", False)),
        build=lambda nn, values: _stack("TransformerDecoder", nn, values),
        build_code=lambda written: _stack_code("TransformerDecoder", written),
        telling=("num_layers", "nhead"),
        example=Example(
            inputs={"tgt": SEQUENCE, "memory": MEMORY},
            optional=TWO_MASKS,
            params={**SMALL, "num_layers": 2},
            tries={**TRIES, "num_layers": (1, 3), "norm": (True,), "tgt_is_causal": (True,)},
        ),
    ),
    torch_layer(
        "Transformer",
        family="attn",
        icon="attn",
        label=Text("Transformer", "Transformer"),
        summary=Text(
            "An encoder for the source and a decoder that writes the target from it.",
            "用编码器读取源序列，再由解码器据此写出目标序列。",
        ),
        formula=r"y = \operatorname{Decoder}(t, \operatorname{Encoder}(s))",
        params=TRANSFORMER_PARAMS,
        hidden=frozenset({"custom_encoder", "custom_decoder"}),
        more=(own_param("tgt_is_causal", "bool", False),),
        call_params=frozenset({"tgt_is_causal"}),
        inputs=(
            tensor("src", ranks=(3,)),
            tensor("tgt", ranks=(3,)),
            mask_port("src_mask"),
            mask_port("tgt_mask"),
        ),
        telling=("num_encoder_layers", "num_decoder_layers"),
        fixed={"batch_first": True},
        code=_transformer_code,
        run=_transformer_run,
        wrong=lambda values, shapes: _pair_fault("src", "tgt", values, shapes),
        example=Example(
            inputs={"src": MEMORY, "tgt": SEQUENCE},
            optional={"src_mask": (((5,), "bool"),), "tgt_mask": (((6,), "bool"),)},
            params={**SMALL, "num_encoder_layers": 1, "num_decoder_layers": 1},
            tries={
                **TRIES,
                "num_encoder_layers": (2, 3),
                "num_decoder_layers": (2, 3),
                "tgt_is_causal": (True,),
            },
        ),
    ),
)
