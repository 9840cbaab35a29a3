"""Convolutions: small filters that slide over a series or an image."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.entry import about, follows, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.layers.windows import sizes, window_fault
from trainer.messages.registry import Text

SLIDE: Final = r"y_k = b_k + \sum_c w_{k,c} \star x_c"
GROW: Final = r"y_k = b_k + \sum_c w_{c,k} \star^{\top} x_c"


def _convolution_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Groups that do not divide the channels, "same" with a stride, a window larger than the padded input."""
    channels, *size = shapes["input"][0]
    fault = _groups_fault(values, channels)
    if fault is not None:
        return fault
    if values["padding"] == "same" and any(stride != 1 for stride in sizes(values["stride"], len(size))):
        return Fault("param.same_stride", "padding", {"stride": values["stride"]})
    if values["padding"] == "same":
        return None
    padding = 0 if values["padding"] == "valid" else values["padding"]
    return window_fault({**values, "padding": padding}, tuple(size))


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
        formula=SLIDE,
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
            inputs={"input": (((4, 9, 8, 7)[: axes + 1], "float32"),)},
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
        formula=GROW,
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
            inputs={"input": (((4, 5, 6, 4)[: axes + 1], "float32"),)},
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
    _convolution(
        "Conv3d",
        3,
        Text("Conv3d", "三维卷积"),
        Text("The same through a volume, or over the frames of a film.", "同样的操作，用于体数据或视频的各帧。"),
    ),
    _transposed(
        "ConvTranspose3d",
        3,
        Text("ConvTranspose3d", "三维转置卷积"),
        Text("Grows a volume, learning how.", "放大体数据，方式由学习得到。"),
    ),
)
