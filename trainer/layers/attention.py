"""Attention: every position looks at every other. A mask is true where nobody looks."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.axes import shape_text
from trainer.layers.entry import follows, operation, own_param, tensor, torch_layer
from trainer.layers.sequence import mask_port
from trainer.layers.spec import CodeCall, Example, Fault, Port, RunCall, Shapes
from trainer.messages.registry import Text

SEQUENCE: Final = (((6, 8), "float32"),)


def heads_fault(heads: str, count: int, width: int) -> Fault | None:
    """The heads share the width among them."""
    return Fault("param.heads", heads, {"width": width, "received": count}) if width % count else None


def key_mask_fault(port: str, shapes: Shapes, length: int) -> Fault | None:
    """A mask has a value for each of the positions that are looked at."""
    for shape in shapes.get(port, ()):
        if shape != (length,):
            return Fault("shape.mask", None, {"expected": length, "received": shape_text(shape)})
    return None


def causal_code(call: CodeCall, param: str, sequence: str, mask: str) -> list[str]:
    """The arguments of a call that hide what comes later from each position of `sequence`."""
    causal = call.params[param]
    if causal == "False":
        return []
    hidden = f"nn.Transformer.generate_square_subsequent_mask({sequence}.shape[1], {sequence}.device, torch.bool)"
    return [f"{mask}={hidden}{'' if causal == 'True' else f' if {causal} else None'}", f"{param}={causal}"]


def causal_run(call: RunCall, param: str, sequence: Any, mask: str) -> dict[str, Any]:
    """The same for the interpreter."""
    if not call.params[param]:
        return {}
    make = call.torch.nn.Transformer.generate_square_subsequent_mask
    return {mask: make(sequence.shape[1], sequence.device, call.torch.bool), param: True}


def _attention_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    query = shapes["query"][0]
    key = shapes.get("key", (query,))[0]
    value = shapes.get("value", (key,))[0]
    if "key" in shapes and "value" not in shapes and key[-1] != query[-1]:
        return Fault("shape.widths", None, {"port": "key", "expected": query[-1], "received": key[-1]})
    if value[0] != key[0]:
        expected = shape_text((key[0], value[-1]))
        return Fault("shape.attention", None, {"port": "value", "expected": expected, "received": shape_text(value)})
    if values["is_causal"] and key[0] != query[0]:
        return _causal_fault(query[0], key[0])
    return heads_fault("num_heads", values["num_heads"], query[-1]) or key_mask_fault("mask", shapes, key[0])


def _causal_fault(queries: int, keys: int) -> Fault:
    return Fault("param.causal", "is_causal", {"param": "is_causal", "expected": queries, "received": keys})


def _attention_code(call: CodeCall) -> str:
    query = call.one("query")
    key = call.one("key") if call.inputs.get("key") else query
    value = call.one("value") if call.inputs.get("value") else key
    arguments = [query, key, value]
    if call.inputs.get("mask"):
        arguments.append(f"key_padding_mask={call.one('mask')}")
    if "weights" not in call.used:
        arguments.append("need_weights=False")
    arguments += causal_code(call, "is_causal", query, "attn_mask")
    output, weights = (call.outputs[port] if port in call.used else "_" for port in ("output", "weights"))
    return f"{output}, {weights} = {call.module}({', '.join(arguments)})"


def _attention_run(call: RunCall) -> dict[str, Any]:
    query = call.one("query")
    key = call.one("key") if call.inputs.get("key") else query
    value = call.one("value") if call.inputs.get("value") else key
    output, weights = call.module(
        query,
        key,
        value,
        key_padding_mask=call.one("mask"),
        need_weights="weights" in call.used,
        **causal_run(call, "is_causal", query, "attn_mask"),
    )
    return {"output": output, "weights": weights}


def _dot_product_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    query, key, value = (shapes[port][0] for port in ("query", "key", "value"))
    if len(key) != len(query) or key[:-2] != query[:-2] or key[-1] != query[-1]:
        expected = shape_text((*query[:-2], key[-2] if len(key) > 1 else query[-2], query[-1]))
        return Fault("shape.attention", None, {"port": "key", "expected": expected, "received": shape_text(key)})
    if value[:-1] != key[:-1]:
        expected = shape_text((*key[:-1], value[-1]))
        return Fault("shape.attention", None, {"port": "value", "expected": expected, "received": shape_text(value)})
    if values["is_causal"] and query[-2] != key[-2]:
        return _causal_fault(query[-2], key[-2])
    whole = (*query[:-1], key[-2])
    for mask in shapes.get("mask", ()):
        fits = len(mask) == len(whole) and mask[-1] == whole[-1]
        fits = fits and all(ours in (1, size) for ours, size in zip(mask, whole, strict=True))
        if len(mask) != 1 and not fits:
            found = {"port": "mask", "expected": shape_text(whole), "received": shape_text(mask)}
            return Fault("shape.attention", None, found)
        if len(mask) == 1:
            return key_mask_fault("mask", shapes, key[-2])
    return None


def _allowed_code(call: CodeCall) -> str:
    """The mask as torch wants it here: true where a position looks, an axis for the heads and one for the queries."""
    query, mask, causal = call.one("query"), call.one("mask"), call.params["is_causal"]
    mask_rank, rank = call.ranks.get("mask"), call.ranks.get("query")
    others = f"*[-1] * ({query}.dim() - 2)" if rank is None else ", ".join(["-1"] * (rank - 2))
    if mask_rank is None or rank is None:
        mask = f"{mask}.reshape({mask}.shape[0], *[1] * ({query}.dim() - {mask}.dim()), *{mask}.shape[1:])"
    elif mask_rank < rank:
        mask = f"{mask}[:, {', '.join(['None'] * (rank - mask_rank))}]"
    earlier = f"{mask}.logical_not().expand({others}, {query}.shape[-2], -1).tril()"
    if causal == "False":
        return f"~{mask}"
    return earlier if causal == "True" else f"{earlier} if {causal} else ~{mask}"


def _dot_product_code(call: CodeCall) -> str:
    arguments = [call.one("query"), call.one("key"), call.one("value")]
    if call.inputs.get("mask"):
        arguments.append(f"attn_mask={_allowed_code(call)}")
    if call.values.get("dropout_p") != 0:
        arguments.append(f"dropout_p={call.params['dropout_p']} if self.training else 0.0")
    if not call.inputs.get("mask") and call.params["is_causal"] != "False":
        arguments.append(f"is_causal={call.params['is_causal']}")
    return f"nn.functional.scaled_dot_product_attention({', '.join(arguments)})"


def _dot_product_run(call: RunCall) -> Any:
    query, mask, causal = call.one("query"), call.one("mask"), call.params["is_causal"]
    if mask is not None:
        mask = mask.reshape(mask.shape[0], *[1] * (query.dim() - mask.dim()), *mask.shape[1:])
        mask = mask.logical_not()
        if causal:
            mask = mask.expand(*[-1] * (query.dim() - 2), query.shape[-2], -1).tril()
    return call.torch.nn.functional.scaled_dot_product_attention(
        query,
        call.one("key"),
        call.one("value"),
        attn_mask=mask,
        dropout_p=call.params["dropout_p"] if call.training else 0.0,
        is_causal=causal and mask is None,
    )


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
        formula=r"[H_1; \dots; H_h] W^O, \quad H_i = \operatorname{softmax}\!\left("
        r"\frac{Q W_i^Q (K W_i^K)^\top}{\sqrt{d/h}}\right) V W_i^V",
        params={
            "embed_dim": follows("query"),
            "kdim": {
                **follows("key", unless="embed_dim"),
                "label": Text("Width of the key", "键的宽度"),
                "summary": Text("How many numbers stand for each key.", "每个键用多少个数表示。"),
            },
            "vdim": {
                **follows("value", unless="embed_dim"),
                "label": Text("Width of the value", "值的宽度"),
                "summary": Text("How many numbers stand for each value.", "每个值用多少个数表示。"),
            },
        },
        more=(own_param("is_causal", "bool", False),),
        call_params=frozenset({"is_causal"}),
        inputs=(
            tensor("query", ranks=(3,)),
            tensor("key", ranks=(3,), optional=True),
            tensor("value", ranks=(3,), optional=True),
            mask_port(),
        ),
        outputs=(Port("output"), Port("weights")),
        telling=("num_heads",),
        fixed={"batch_first": True},
        code=_attention_code,
        run=_attention_run,
        wrong=_attention_fault,
        example=Example(
            inputs={"query": SEQUENCE, "key": SEQUENCE, "value": SEQUENCE},
            optional={"mask": (((6,), "bool"),)},
            params={"num_heads": 2},
            tries={
                "num_heads": (1, 4),
                "dropout": (0.3, 0.7),
                "bias": (False,),
                "add_bias_kv": (True,),
                "add_zero_attn": (True,),
                "is_causal": (True,),
            },
        ),
    ),
    operation(
        "ScaledDotProductAttention",
        family="attn",
        icon="attn",
        label=Text("Scaled dot-product attention", "缩放点积注意力"),
        summary=Text(
            "The heart of attention without weights: queries are compared with keys and gather the values.",
            "不带权重的注意力核心：查询与键比较，再据此汇集值。",
        ),
        formula=r"\operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V",
        params=(own_param("dropout_p", "float", 0.0), own_param("is_causal", "bool", False)),
        inputs=(
            tensor("query", ranks=(3, 4)),
            tensor("key", ranks=(3, 4)),
            tensor("value", ranks=(3, 4)),
            Port("mask", optional=True, ranks=(2, 3, 4), dtypes=("bool",)),
        ),
        telling=("is_causal",),
        code=_dot_product_code,
        run=_dot_product_run,
        wrong=_dot_product_fault,
        example=Example(
            inputs={"query": SEQUENCE, "key": SEQUENCE, "value": SEQUENCE},
            optional={"mask": (((6,), "bool"),)},
            tries={"dropout_p": (0.3, 0.7), "is_causal": (True,)},
        ),
    ),
)
