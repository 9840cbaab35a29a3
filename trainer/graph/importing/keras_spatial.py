"""Layers of Keras that slide over series, pictures and volumes: convolutions and pools.

Where Keras fills up to "same" it puts the odd one behind; torch puts as much before as behind.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any, Final

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.keras_activations import activated
from trainer.graph.importing.keras_layers import biased
from trainer.graph.importing.keras_walk import Op, Value, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.spatial import pad, symmetric
from trainer.graph.importing.views import View, whole

LOWEST: Final = float(np.finfo(np.float32).min)


def filled(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[list[int], list[int]]:
    """What "same" puts before and behind each axis."""
    totals = [
        max((ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True)
    ]
    return [total // 2 for total in totals], [total - total // 2 for total in totals]


class _Window:
    """Kernel, stride, dilation and filling of a layer that slides over `axes` axes of `view`."""

    def __init__(self, op: Op, view: View, axes: int) -> None:
        if view.rank != axes + 2:
            raise Unfit(f"it slides over {axes} axes, and reads {view.rank - 2} besides the channels")
        settings = op.settings
        self.op = op
        self.axes = axes
        self.wire = op.channels_second(view)
        self.size = op.draft.spec(self.wire).shape[1:]
        self.kernel = settings.sizes("kernel_size", axes)
        self.stride = settings.sizes("strides", axes, 1)
        self.dilation = settings.sizes("dilation_rate", axes, 1)
        self.filling = settings.choice("padding", ("valid", "same", "causal"), "valid")

    def filled_in(self) -> tuple[Wire, dict[str, Any]]:
        """The tensor with what is put around it, and what of that the convolution does itself."""
        axes, wire = self.axes, self.wire
        params: dict[str, Any] = {"kernel_size": self.kernel, "stride": self.stride, "dilation": self.dilation}
        if self.filling == "causal":
            if axes != 1:
                raise Unfit("its padding is causal over several axes")
            return pad(self.op.draft, wire, [(self.kernel[0] - 1) * self.dilation[0]], [0]), params
        if self.filling == "same":
            before, behind = filled(self.size, self.kernel, self.stride, self.dilation)
            if symmetric([*before, *behind]):
                params["padding"] = before
            elif all(step == 1 for step in self.stride):
                params["padding"] = "same"
            else:
                wire = pad(self.op.draft, wire, before, behind)
        return wire, params


def _kernel(array: Array) -> Array:
    """`[sizes..., in, out]` as `[out, in, sizes...]`."""
    return array.transpose(array.ndim - 1, array.ndim - 2, *range(array.ndim - 2))


def _depthwise_kernel(array: Array) -> Array:
    """`[sizes..., channels, times]` as `[channels * times, 1, sizes...]`."""
    axes = array.ndim - 2
    moved = array.transpose(axes, axes + 1, *range(axes))
    return moved.reshape(-1, 1, *moved.shape[2:])


@handles("Conv1D", "Conv2D", "Conv3D")
def convolution(op: Op) -> Value:
    axes, view = int(op.layer.kind[-2]), op.view()
    wire, params = _Window(op, view, axes).filled_in()
    bias = op.settings.flag("use_bias", True)
    found = op.weights(biased(op, kernel=axes + 2))
    weights = {} if not found else {"weight": _kernel(found["kernel"])} | ({"bias": found["bias"]} if bias else {})
    params |= {"out_channels": op.settings.size("filters"), "groups": op.settings.size("groups", 1), "bias": bias}
    given = op.add(f"Conv{axes}d", wire, params, weights=weights, learned=True)
    return activated(op, op.seen(given), op.settings.get("activation"))


@handles("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise(op: Op) -> Value:
    axes, view = int(op.layer.kind[-2]), op.view()
    wire, params = _Window(op, view, axes).filled_in()
    bias = op.settings.flag("use_bias", True)
    found = op.weights(biased(op, kernel=axes + 2))
    weights = {}
    if found:
        weights = {"weight": _depthwise_kernel(found["kernel"])} | ({"bias": found["bias"]} if bias else {})
    channels = op.draft.spec(wire).shape[0]
    params |= {"out_channels": channels * op.settings.size("depth_multiplier", 1), "groups": channels, "bias": bias}
    given = op.add(f"Conv{axes}d", wire, params, weights=weights, learned=True)
    return activated(op, op.seen(given), op.settings.get("activation"))


@handles("SeparableConv1D", "SeparableConv2D")
def separable(op: Op) -> Value:
    """Each channel by itself, then all of them at each place."""
    axes, view = int(op.layer.kind[-2]), op.view()
    wire, params = _Window(op, view, axes).filled_in()
    bias = op.settings.flag("use_bias", True)
    found = op.weights(biased(op, depthwise_kernel=axes + 2, pointwise_kernel=axes + 2))
    channels = op.draft.spec(wire).shape[0]
    params |= {"out_channels": channels * op.settings.size("depth_multiplier", 1), "groups": channels, "bias": False}
    weights = {"weight": _depthwise_kernel(found["depthwise_kernel"])} if found else {}
    wire = op.add(f"Conv{axes}d", wire, params, weights=weights, learned=True, suffix="depthwise")
    params = {"out_channels": op.settings.size("filters"), "kernel_size": 1, "bias": bias}
    if found:
        weights = {"weight": _kernel(found["pointwise_kernel"])} | ({"bias": found["bias"]} if bias else {})
    given = op.add(f"Conv{axes}d", wire, params, weights=weights, learned=True, suffix="pointwise")
    return activated(op, op.seen(given), op.settings.get("activation"))


@handles("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def transposed(op: Op) -> Value:
    """The gradient of the convolution that goes the other way: what that one fills up is cut off here."""
    axes, view = int(op.layer.kind.removesuffix("Transpose")[-2]), op.view()
    window = _Window(op, view, axes)
    op.settings.nothing("output_padding")
    bias = op.settings.flag("use_bias", True)
    found = op.weights(biased(op, kernel=axes + 2))
    weights = {} if not found else {"weight": _kernel(found["kernel"])} | ({"bias": found["bias"]} if bias else {})
    params: dict[str, Any] = {
        "out_channels": op.settings.size("filters"),
        "kernel_size": window.kernel,
        "stride": window.stride,
        "dilation": window.dilation,
        "bias": bias,
    }
    spans = [(k - 1) * d + 1 for k, d in zip(window.kernel, window.dilation, strict=True)]
    surplus = [span - step for span, step in zip(spans, window.stride, strict=True)]
    params["output_padding"] = [max(-more, 0) for more in surplus]
    cut = [max(more, 0) if window.filling == "same" else 0 for more in surplus]
    params["padding"] = [more // 2 for more in cut]
    given = op.add(f"ConvTranspose{axes}d", window.wire, params, weights=weights, learned=True)
    for axis, more in enumerate(cut):
        if more % 2:  # one more behind than before
            given = op.add("Slice", given, {"dim": axis + 2, "end": -1}, suffix="cut")
    return activated(op, op.seen(given), op.settings.get("activation"))


@handles("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D")
def pool(op: Op) -> Value:
    axes, view, settings = int(op.layer.kind[-2]), op.view(), op.settings
    if view.rank != axes + 2:
        raise Unfit(f"it slides over {axes} axes, and reads {view.rank - 2} besides the channels")
    largest = op.layer.kind.startswith("Max")
    wire = op.channels_second(view)
    kernel = settings.sizes("pool_size", axes, 2)
    stride = kernel if settings.get("strides") is None else settings.sizes("strides", axes)
    params: dict[str, Any] = {"kernel_size": kernel, "stride": stride}
    if settings.choice("padding", ("valid", "same"), "valid") == "same":
        size = op.draft.spec(wire).shape[1:]
        before, behind = filled(size, kernel, stride, [1] * axes)
        fits = [
            # torch lets a last window hang over the end; it counts what is inside
            b == e or ceil((n + 2 * b - k) / s) + 1 == ceil(n / s)
            for n, k, s, b, e in zip(size, kernel, stride, before, behind, strict=True)
        ]
        if all(fits):
            params |= {"padding": before, "ceil_mode": before != behind}
            params |= {} if largest else {"count_include_pad": False}
        elif largest:
            wire = pad(op.draft, wire, before, behind, LOWEST)
        else:
            raise Unfit("it takes averages where its padding differs from side to side")
    return op.seen(op.add(f"{'Max' if largest else 'Avg'}Pool{axes}d", wire, params))


def _global_names() -> list[str]:
    return [f"Global{kind}Pooling{axes}D" for kind in ("Average", "Max") for axes in (1, 2, 3)]


@handles(*_global_names())
def global_pool(op: Op) -> Value:
    axes, view = int(op.layer.kind[-2]), op.view()
    if view.rank != axes + 2:
        raise Unfit(f"it reads {view.rank - 2} axes besides the channels, where {axes} were expected")
    kept = op.settings.flag("keepdims", False)
    average = "Average" in op.layer.kind
    if axes == 1:
        return _over_steps(op, view, kept, average)
    wire = op.channels_second(view)
    wire = op.add(f"Adaptive{'Avg' if average else 'Max'}Pool{axes}d", wire, {"output_size": 1})
    return op.seen(wire) if kept else whole(op.draft, op.add("Flatten", wire, suffix="flat"))


def _over_steps(op: Op, view: View, kept: bool, average: bool) -> Value:
    """A series is not turned around for it. The mask of an embedding leaves steps out of an average."""
    steps = 1 if op.channels_last() else 2
    tokens = op.walk.masks.get(view.wire)
    if tokens is not None and average and not kept and steps == 1:
        mask = op.add("PaddingMask", {"tokens": [tokens]}, {"padding_idx": 0}, suffix="mask")
        return whole(op.draft, op.add("MaskedMean", {"input": [view.wire], "mask": [mask]}))
    laid, order = op.as_it_lies(view)
    params = {"dim": order.index(steps), "keepdim": kept}
    wire = op.add("Mean" if average else "Max", laid.wire, params)
    if not kept:
        return whole(op.draft, wire)
    back = tuple(order.index(axis) for axis in range(view.rank))
    return whole(op.draft, wire).transposed(back)
