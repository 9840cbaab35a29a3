"""Operations of ONNX that carry weights, and those that slide over pictures, said in layers of torch."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.spatial import pad, symmetric
from trainer.graph.importing.views import View, lay, plain, whole


def linear(walk: Walk, op: Op, view: View, weight: Array, bias: Array | None, key: tuple[Any, ...]) -> View:
    """`weight` is [out, in], on the last axis of what is seen."""
    laid = lay(walk.draft, view)
    if laid.dim(view.rank - 1) != len(laid.sizes) - 1:
        raise Unfit("its last axis is not the last")
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    params = {"out_features": weight.shape[0], "bias": bias is not None}
    name = walk.name_of(op)
    wire = walk.draft.add("Linear", laid.wire, params, name=name, weights=weights, key=key)
    return laid.seen(wire, (*laid.sizes[:-1], weight.shape[0]))


@handles("Gemm")
def gemm(walk: Walk, op: Op) -> Sequence[Value]:
    if op.get("transA", 0):
        raise Unfit("its first matrix is transposed")
    weight, bias = op.needed(1) * np.float32(op.get("alpha", 1.0)), op.constant(2)
    weight = weight if op.get("transB", 0) else weight.T
    if bias is not None:
        bias = np.broadcast_to(bias * np.float32(op.get("beta", 1.0)), (1, weight.shape[0]))[0]
    return [linear(walk, op, op.view(), weight, bias, ("Gemm", *op.input_names[1:]))]


@handles("MatMul")
def matmul(walk: Walk, op: Op) -> Sequence[Value]:
    weight = op.inputs[1]
    if isinstance(op.inputs[0], View) and isinstance(weight, np.ndarray) and weight.ndim == 2:
        bias, behind = _bias_behind(walk, op, weight.shape[1])
        names = (op.input_names[1], *(behind.input if behind is not None else ()))
        key = ("MatMul", *(name for name in names if isinstance(walk.values.get(name), np.ndarray)))
        found = linear(walk, op, op.view(), weight.T, bias, key)
        if behind is not None:
            walk.values[behind.output[0]] = found
        return [found]
    one, other = op.inputs[0], op.inputs[1]
    like = one if isinstance(one, View) else other
    if not isinstance(like, View):
        raise Unfit("its inputs are not known")
    return [product(walk, *(walk.as_view(value, like) for value in (one, other)))]


def product(walk: Walk, left: View, right: View) -> View:
    """The matrices of the last two axes multiplied, as many as the others say."""
    rank = max(left.rank, right.rank)
    left, right = (view.unsqueezed(range(rank - view.rank)) for view in (left, right))
    if rank < 3 or left.batch_axis != right.batch_axis or left.batch_axis >= rank - 2:
        raise Unfit("it multiplies along the batch")
    one_laid, other_laid = lay(walk.draft, left), lay(walk.draft, right)
    if len(one_laid.sizes) != len(other_laid.sizes) or one_laid.sizes[:-2] != other_laid.sizes[:-2]:
        raise Unfit("its matrices come in different numbers")
    wire = walk.draft.add("MatMul", {"input": [one_laid.wire], "other": [other_laid.wire]})
    return one_laid.seen(wire, (*one_laid.sizes[:-1], other_laid.sizes[-1]))


def _bias_behind(walk: Walk, op: Op, size: int) -> tuple[Array | None, Any]:
    """The constant that the only operation behind a product adds to it, if it is a bias, and that operation."""
    reader = walk.only_reader(op.output_names[0])
    if reader is None or reader.op_type != "Add":
        return None, None
    others = [name for name in reader.input if name != op.output_names[0]]
    value = walk.values.get(others[0]) if len(others) == 1 else None
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.shape[-1:] == (value.size,) == (size,):
        return value.reshape(-1), reader
    return None, None


@handles("Conv", "ConvTranspose")
def convolution(walk: Walk, op: Op) -> Sequence[Value]:
    transposed = op.op == "ConvTranspose"
    weight, bias = op.needed(1), op.constant(2)
    axes = weight.ndim - 2
    if not 1 <= axes <= 3:
        raise Unfit(f"it slides over {axes} axes")
    group = op.get("group", 1)
    wire = plain(walk.draft, op.view())
    size = walk.draft.spec(wire).shape[1:]
    kernel, stride = weight.shape[2:], op.get("strides", [1] * axes)
    dilation = op.get("dilations", [1] * axes)
    pads = window_pads(op, size, kernel, stride, dilation)
    params: dict[str, Any] = {
        "out_channels": weight.shape[1] * group if transposed else weight.shape[0],
        "kernel_size": list(kernel),
        "stride": list(stride),
        "dilation": list(dilation),
        "groups": group,
        "bias": bias is not None,
    }
    begin, end = pads[:axes], pads[axes:]
    if transposed:
        if op.get("output_shape") is not None or op.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
            raise Unfit("its output size is set by hand")
        extra = list(op.get("output_padding", [0] * axes))
        params["output_padding"] = [own + first - last for own, first, last in zip(extra, begin, end, strict=True)]
        if any(entry < 0 for entry in params["output_padding"]):
            raise Unfit("its padding differs from side to side")
        params["padding"] = begin
    elif symmetric(pads):
        params["padding"] = begin
    else:
        wire = pad(walk.draft, wire, begin, end)
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    key = (op.op, *op.input_names[1:])
    name = walk.name_of(op)
    kind = f"{op.op}{axes}d"
    return [whole(walk.draft, walk.draft.add(kind, wire, params, name=name, weights=weights, key=key))]


def window_pads(
    op: Op, size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[int]:
    """What is put before and behind each axis: first all before, then all behind."""
    mode = op.get("auto_pad", "NOTSET")
    if mode in ("NOTSET", "VALID"):
        return list(op.get("pads", [0] * 2 * len(size))) if mode == "NOTSET" else [0] * 2 * len(size)
    totals = [
        max((ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True)
    ]
    smaller = [total // 2 for total in totals]
    larger = [total - less for total, less in zip(totals, smaller, strict=True)]
    return [*smaller, *larger] if mode == "SAME_UPPER" else [*larger, *smaller]


@handles("MaxPool", "AveragePool")
def pool(walk: Walk, op: Op) -> Sequence[Value]:
    if len(op.output_names) > 1 and op.output_names[1]:
        raise Unfit("it gives the places of the largest numbers")
    wire = plain(walk.draft, op.view())
    size, kernel = walk.draft.spec(wire).shape[1:], op.get("kernel_shape")
    axes = len(size)
    stride, dilation = op.get("strides", [1] * axes), op.get("dilations", [1] * axes)
    pads = window_pads(op, size, kernel, stride, dilation)
    params: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "ceil_mode": bool(op.get("ceil_mode", 0))}
    largest = op.op == "MaxPool"
    if largest:
        params["dilation"] = dilation
    elif any(entry != 1 for entry in dilation):
        raise Unfit("its windows have gaps")
    fits = symmetric(pads) and all(2 * p <= k for p, k in zip(pads, kernel, strict=False))
    if fits:
        params["padding"] = pads[:axes]
    elif largest or op.get("count_include_pad", 0):
        wire = pad(walk.draft, wire, pads[:axes], pads[axes:], float(np.finfo(np.float32).min) if largest else 0.0)
    else:
        raise Unfit("its padding differs from side to side")
    if not largest:
        params["count_include_pad"] = bool(op.get("count_include_pad", 0))
    return [whole(walk.draft, walk.draft.add(f"{'Max' if largest else 'Avg'}Pool{axes}d", wire, params))]


@handles("GlobalAveragePool", "GlobalMaxPool")
def global_pool(walk: Walk, op: Op) -> Sequence[Value]:
    wire = plain(walk.draft, op.view())
    axes = len(walk.draft.spec(wire).shape) - 1
    kind = "Avg" if op.op == "GlobalAveragePool" else "Max"
    return [whole(walk.draft, walk.draft.add(f"Adaptive{kind}Pool{axes}d", wire, {"output_size": 1}))]


@handles("LpPool", "GlobalLpPool")
def power_pool(walk: Walk, op: Op) -> Sequence[Value]:
    """ONNX takes the powers of sizes, torch those of the numbers."""
    wire = plain(walk.draft, op.view())
    size, power = walk.draft.spec(wire).shape[1:], op.get("p", 2)
    axes = len(size)
    kernel = list(size) if op.op == "GlobalLpPool" else op.get("kernel_shape")
    stride, dilation = op.get("strides", [1] * axes), op.get("dilations", [1] * axes)
    if op.get("ceil_mode", 0) or any(entry != 1 for entry in dilation):
        raise Unfit("its windows have gaps or hang over the rim")
    pads = window_pads(op, size, kernel, stride, dilation)
    wire = pad(walk.draft, wire, pads[:axes], pads[axes:])
    if power % 2:
        wire = walk.draft.add("Abs", wire)
    shape = {"kernel_size": kernel, "stride": stride} if axes > 1 else {"kernel_size": kernel[0], "stride": stride[0]}
    params = {"norm_type": float(power), **shape}
    return [whole(walk.draft, walk.draft.add(f"LPPool{axes}d", wire, params))]


@handles("BatchNormalization")
def batch_norm(walk: Walk, op: Op) -> Sequence[Value]:
    wire = plain(walk.draft, op.view())
    axes = max(len(walk.draft.spec(wire).shape) - 1, 1)
    names = ("weight", "bias", "running_mean", "running_var")
    weights: dict[str, Array] = {name: op.needed(place + 1) for place, name in enumerate(names)}
    weights["num_batches_tracked"] = np.array(0, dtype=np.int64)
    params = {"eps": round(op.get("epsilon", 1e-5), 12), "momentum": round(1 - op.get("momentum", 0.9), 6)}
    name = walk.name_of(op)
    return [whole(walk.draft, walk.draft.add(f"BatchNorm{axes}d", wire, params, name=name, weights=weights))]


@handles("LRN")
def response_norm(walk: Walk, op: Op) -> Sequence[Value]:
    size = op.get("size")
    if size % 2 == 0:
        raise Unfit("its windows are of even size, which torch puts elsewhere")
    given = {"alpha": op.get("alpha", 1e-4), "beta": op.get("beta", 0.75), "k": op.get("bias", 1.0)}
    params = {"size": size, **{name: float(f"{value:.7g}") for name, value in given.items()}}
    return [whole(walk.draft, walk.draft.add("LocalResponseNorm", plain(walk.draft, op.view()), params))]


@handles("InstanceNormalization")
def instance_norm(walk: Walk, op: Op) -> Sequence[Value]:
    """A group a channel: the same numbers, whatever the number of axes."""
    wire = plain(walk.draft, op.view())
    scale, shift = op.needed(1), op.needed(2)
    affine = bool((scale != 1).any() or (shift != 0).any())
    params = {"num_groups": len(scale), "eps": round(op.get("epsilon", 1e-5), 12), "affine": affine}
    weights = {"weight": scale, "bias": shift} if affine else {}
    return [whole(walk.draft, walk.draft.add("GroupNorm", wire, params, name=walk.name_of(op), weights=weights))]


@handles("GroupNormalization")
def group_norm(walk: Walk, op: Op) -> Sequence[Value]:
    wire = plain(walk.draft, op.view())
    groups, scale, shift = op.get("num_groups"), op.needed(1), op.needed(2)
    channels = walk.draft.spec(wire).shape[0]
    each = [np.repeat(part, channels // len(part)) for part in (scale, shift)]  # before opset 21 one a group
    params = {"num_groups": groups, "eps": round(op.get("epsilon", 1e-5), 12)}
    weights = {"weight": each[0], "bias": each[1]}
    return [whole(walk.draft, walk.draft.add("GroupNorm", wire, params, name=walk.name_of(op), weights=weights))]


@handles("LayerNormalization", "RMSNormalization")
def layer_norm(walk: Walk, op: Op) -> Sequence[Value]:
    if any(op.output_names[1:]):
        raise Unfit("it gives mean and deviation too")
    view = op.view()
    axis = view.axis(op.get("axis", -1))
    laid = lay(walk.draft, view)
    first = laid.dim(axis)
    weight = op.needed(1)
    eps = round(op.get("epsilon", 1e-5), 12)
    return [laid.seen(normed(walk, op, laid.wire, laid.sizes[first:], weight, op.constant(2), eps), laid.sizes)]


def normed(walk: Walk, op: Op, wire: Wire, shape: Sequence[int], weight: Array, bias: Array | None, eps: float) -> Wire:
    """LayerNorm, or RMSNorm, over the last axes; `weight` may be one number for all."""
    kind = "LayerNorm" if op.op == "LayerNormalization" else "RMSNorm"
    params: dict[str, Any] = {"normalized_shape": list(shape), "eps": eps}
    weights = {"weight": np.broadcast_to(weight, shape)}
    if kind == "LayerNorm":
        params["bias"] = bias is not None
        if bias is not None:
            weights["bias"] = np.broadcast_to(bias, shape)
    return walk.draft.add(kind, wire, params, name=walk.name_of(op), weights=weights)
