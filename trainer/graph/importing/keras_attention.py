"""Attention of Keras: that of several heads with all its projections, and the plain product of two series."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.keras_layers import biased
from trainer.graph.importing.keras_model import refs_in
from trainer.graph.importing.keras_walk import Op, Value, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import lay, whole

PARTS = ("query", "key", "value", "attention_output")


def _arguments(op: Op) -> tuple[Wire, Wire, Wire]:
    """Query, key and value; the key is the value where it is not given."""
    given = dict(zip(("query", "value", "key"), refs_in(op.call.args), strict=False)) | {
        name: op.call.settings[name] for name in ("query", "value", "key") if op.call.settings.get(name) is not None
    }
    given.setdefault("key", given.get("value"))
    for name in ("attention_mask", "query_mask", "value_mask", "key_mask", "mask"):
        if op.call.settings.get(name) is not None:
            raise Unfit("it is given a mask")
    views = [op.value(given.get(name)) for name in ("query", "key", "value")]
    if any(view.rank != 3 for view in views):
        raise Unfit("it does not read series")
    query, key, value = (lay(op.draft, view).wire for view in views)
    return query, key, value


@handles("MultiHeadAttention")
def multi_head_attention(op: Op) -> Value:
    settings = op.settings
    settings.nothing("flash_attention_axes", "use_gate")
    if op.call.settings.get("return_attention_scores"):
        raise Unfit("it gives its scores too")
    if settings.get("attention_axes") not in (None, [1]) or settings.get("output_shape") is not None:
        raise Unfit("its axes or its output are set by hand")
    query, key, value = _arguments(op)
    heads, size = settings.size("num_heads"), settings.size("key_dim")
    value_size = size if settings.get("value_dim") is None else settings.size("value_dim")
    bias = settings.flag("use_bias", True)
    found = {part: op.weights(biased(op, None, kernel=3), part) for part in PARTS}
    causal = op.call.settings.get("use_causal_mask") is True
    dropout = settings.number("dropout", 0.0)
    width = op.draft.spec(query).shape[-1]
    if heads * size == width and value_size == size:
        params = {"num_heads": heads, "dropout": dropout, "bias": bias, "is_causal": causal}
        inputs = {"query": [query], "key": [key], "value": [value]}
        widths = {op.draft.spec(wire).shape[-1] for wire in (key, value)}
        weights = _as_one(found, width, widths == {width}) if all(found.values()) else {}
        return whole(op.draft, op.add("MultiheadAttention", inputs, params, weights=weights, learned=True))
    split = []
    for part, wire, own in (("query", query, size), ("key", key, size), ("value", value, value_size)):
        wire = _linear(op, wire, heads * own, found[part], part, into=True)
        steps = op.draft.spec(wire).shape[0]
        wire = op.add("Reshape", wire, {"shape": [steps, heads, own]}, suffix=f"{part}_heads")
        split.append(op.add("Transpose", wire, {"dim0": 1, "dim1": 2}, suffix=f"{part}_split"))
    params = {"dropout_p": dropout, "is_causal": causal}
    inputs = {port: [wire] for port, wire in zip(("query", "key", "value"), split, strict=True)}
    wire = op.add("ScaledDotProductAttention", inputs, params, suffix="attention")
    wire = op.add("Transpose", wire, {"dim0": 1, "dim1": 2}, suffix="joined")
    wire = op.add("Flatten", wire, {"start_dim": 2}, suffix="side_by_side")
    return whole(op.draft, _linear(op, wire, width, found["attention_output"], "output", into=False))


def _linear(op: Op, wire: Wire, units: int, found: Mapping[str, Array], suffix: str, *, into: bool) -> Wire:
    weights = _projection(found, into=into) if found else {}
    bias = op.settings.flag("use_bias", True)
    return op.add("Linear", wire, {"out_features": units, "bias": bias}, weights=weights, learned=True, suffix=suffix)


def _projection(found: Mapping[str, Array], *, into: bool) -> dict[str, Array]:
    """A kernel `[in, heads, size]`, or on the way out `[heads, size, out]`, as a Linear has it."""
    kernel = found["kernel"]
    flat = kernel.reshape(kernel.shape[0], -1) if into else kernel.reshape(-1, kernel.shape[2])
    return {"weight": flat.T} | ({"bias": found["bias"].reshape(-1)} if "bias" in found else {})


def _as_one(found: Mapping[str, Mapping[str, Array]], width: int, square: bool) -> dict[str, Array]:
    """The weights as torch's MultiheadAttention has them: the three on the way in are one where they are alike."""
    parts = [_projection(found[part], into=True) for part in PARTS[:3]]
    out = _projection(found["attention_output"], into=False)
    weights: dict[str, Array] = {"out_proj.weight": out["weight"]}
    if square:
        weights["in_proj_weight"] = np.concatenate([part["weight"] for part in parts])
    else:
        weights |= {f"{name}_proj_weight": part["weight"] for name, part in zip("qkv", parts, strict=True)}
    if "bias" in out:
        weights["in_proj_bias"] = np.concatenate([part["bias"] for part in parts])
        weights["out_proj.bias"] = out["bias"]
    return weights


@handles("Attention")
def attention(op: Op) -> Value:
    """Scores that are plain products; torch's own attention divides them by the root of the width."""
    settings = op.settings
    settings.nothing("use_scale", "dropout")
    if settings.choice("score_mode", ("dot", "concat"), "dot") != "dot":
        raise Unfit("its scores are not products")
    if op.call.settings.get("return_attention_scores"):
        raise Unfit("it gives its scores too")
    query, key, value = _arguments(op)
    scale = sqrt(op.draft.spec(query).shape[-1])
    query = op.add("ScaleShift", query, {"scale": scale}, suffix="unscaled")
    params: dict[str, Any] = {"is_causal": op.call.settings.get("use_causal_mask") is True}
    inputs = {"query": [query], "key": [key], "value": [value]}
    return whole(op.draft, op.add("ScaledDotProductAttention", inputs, params))
