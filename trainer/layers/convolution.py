"""Convolutions: small filters that slide over a series or an image."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import about, follows, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.messages.registry import Text


def _sizes(value: Any, count: int) -> list[int]:
    return [value] * count if isinstance(value, int) else list(value)


def _convolution_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Groups that do not divide the channels, "same" with a stride, a window larger than the padded input."""
    channels, *size = shapes["input"][0]
    fault = _groups_fault(values, channels)
    if fault is not None:
        return fault
    if values["padding"] == "same" and any(stride != 1 for stride in _sizes(values["stride"], len(size))):
        return Fault("param.same_stride", "padding", {"stride": values["stride"]})
    if isinstance(values["padding"], str):
        return None
    for axis, extent in enumerate(size):
        padding, kernel, dilation = (
            _sizes(values[name], len(size))[axis] for name in ("padding", "kernel_size", "dilation")
        )
        if dilation * (kernel - 1) + 1 > extent + 2 * padding:
            found = {"expected": extent + 2 * padding, "received": dilation * (kernel - 1) + 1}
            return Fault("shape.window", "kernel_size", found)
    return None


def _groups_fault(values: Mapping[str, Any], channels: int) -> Fault | None:
    for name, count in (("in_channels", channels), ("out_channels", values["out_channels"])):
        if count % values["groups"]:
            return Fault("param.groups", "groups", {"count": count, "other": name, "received": values["groups"]})
    return None


def _transposed_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    return _groups_fault(values, shapes["input"][0][0])


def _convolution(name: str, axes: int, label: Text, summary: Text) -> Layer:
    size = about(length=axes)
    return torch_layer(
        name,
        family="conv",
        icon="conv",
        label=label,
        summary=summary,
        params={
            "in_channels": follows("input", 1),
            "kernel_size": size,
            "stride": size,
            "padding": about(length=axes, choices=("same", "valid")),
            "dilation": size,
        },
        inputs=(tensor(ranks=(axes + 2,)),),
        telling=("out_channels", "kernel_size", "stride"),
        wrong=_convolution_fault,
        example=Example(
            inputs={"input": (((4, 9, 8)[: axes + 1], "float32"),)},
            params={"out_channels": 8, "kernel_size": 3},
            tries={
                "out_channels": (2, 6),
                "kernel_size": (1, [2] * axes),
                "stride": (2, [3] * axes),
                "padding": (1, [2] * axes, "same"),
                "dilation": (2, [3] * axes),
                "groups": (2, 4),
                "bias": (False,),
                "padding_mode": ("reflect", "replicate", "circular"),
            },
            with_params={"padding_mode": {"padding": 1}},
        ),
    )


def _transposed(name: str, axes: int, label: Text, summary: Text) -> Layer:
    size = about(length=axes)
    return torch_layer(
        name,
        family="conv",
        icon="conv",
        label=label,
        summary=summary,
        params={
            "in_channels": follows("input", 1),
            "kernel_size": size,
            "stride": size,
            "padding": size,
            "output_padding": size,
            "dilation": size,
        },
        hidden=frozenset({"padding_mode"}),
        inputs=(tensor(ranks=(axes + 2,)),),
        telling=("out_channels", "kernel_size", "stride"),
        wrong=_transposed_fault,
        example=Example(
            inputs={"input": (((4, 5, 6)[: axes + 1], "float32"),)},
            params={"out_channels": 8, "kernel_size": 3},
            tries={
                "out_channels": (2, 6),
                "kernel_size": (1, [2] * axes),
                "stride": (2, [3] * axes),
                "padding": (1, [2] * axes),
                "output_padding": (1, [1] * axes),
                "dilation": (2, [3] * axes),
                "groups": (2, 4),
                "bias": (False,),
            },
            with_params={"output_padding": {"stride": 2}},
        ),
    )


LAYERS = (
    _convolution(
        "Conv2d",
        2,
        Text("Conv2d", "二维卷积"),
        Text(
            "Slides small filters over an image; each learns to answer to one pattern.",
            "用小过滤器扫过图像，每个学会对一种模式作出反应。",
        ),
    ),
    _convolution(
        "Conv1d",
        1,
        Text("Conv1d", "一维卷积"),
        Text("The same along a sequence.", "同样的操作，沿序列进行。"),
    ),
    _transposed(
        "ConvTranspose2d",
        2,
        Text("ConvTranspose2d", "二维转置卷积"),
        Text("Grows an image, learning how.", "放大图像，放大的方式由学习得到。"),
    ),
    _transposed(
        "ConvTranspose1d",
        1,
        Text("ConvTranspose1d", "一维转置卷积"),
        Text("Grows a sequence, learning how.", "加长序列，方式由学习得到。"),
    ),
)
