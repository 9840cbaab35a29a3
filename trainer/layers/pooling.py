"""Pooling: fewer, larger places."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import about, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.messages.registry import Text


def _sizes(value: Any, count: int) -> list[int]:
    return [value] * count if isinstance(value, int) else list(value)


def _window_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Padding of more than half the window, or a window larger than the padded input."""
    size = shapes["input"][0][1:]
    for axis, extent in enumerate(size):
        padding, kernel, dilation = (
            _sizes(values.get(name, 1), len(size))[axis] for name in ("padding", "kernel_size", "dilation")
        )
        if padding > kernel // 2:
            return Fault("param.pool_padding", "padding", {"expected": kernel // 2, "received": padding})
        window = dilation * (kernel - 1) + 1
        if window > extent + 2 * padding:
            return Fault("shape.window", "kernel_size", {"expected": extent + 2 * padding, "received": window})
    return None


def _pool(name: str, axes: int, label: Text, summary: Text, *, tries: Mapping[str, tuple[Any, ...]]) -> Layer:
    size = about(length=axes)
    sized = dict.fromkeys(("kernel_size", "stride", "padding", *(("dilation",) if "dilation" in tries else ())), size)
    return torch_layer(
        name,
        family="pool",
        icon="avgpool" if "Avg" in name else "pool",
        label=label,
        summary=summary,
        params=sized,
        inputs=(tensor(ranks=(axes + 2,)),),
        telling=("kernel_size", "stride"),
        wrong=_window_fault,
        example=Example(
            inputs={"input": (((3, 12, 11)[: axes + 1], "float32"),)},
            params={"kernel_size": 3},
            tries={"kernel_size": (2, [4] * axes), "stride": (1, [2] * axes), "padding": (1, [1] * axes), **tries},
            with_params={"ceil_mode": {"kernel_size": 5, "stride": 2}, "count_include_pad": {"padding": 1}},
        ),
    )


def _adaptive(name: str, axes: int, label: Text, summary: Text) -> Layer:
    return torch_layer(
        name,
        family="pool",
        icon="avgpool" if "Avg" in name else "pool",
        label=label,
        summary=summary,
        params={"output_size": about(length=axes)},
        inputs=(tensor(ranks=(axes + 2,)),),
        telling=("output_size",),
        example=Example(
            inputs={"input": (((3, 8, 6)[: axes + 1], "float32"),)},
            params={"output_size": 1},
            tries={"output_size": (2, [3] * axes)},
        ),
    )


LAYERS = (
    _pool(
        "MaxPool2d",
        2,
        Text("MaxPool2d", "二维最大池化"),
        Text("Shrinks an image, keeping the strongest of each window.", "缩小图像，保留每个窗口中最强的值。"),
        tries={"dilation": (2, [3, 3]), "ceil_mode": (True,)},
    ),
    _pool(
        "AvgPool2d",
        2,
        Text("AvgPool2d", "二维平均池化"),
        Text("Shrinks an image, taking the mean of each window.", "缩小图像，取每个窗口的平均。"),
        tries={"ceil_mode": (True,), "count_include_pad": (False,), "divisor_override": (1, 5)},
    ),
    _adaptive(
        "AdaptiveAvgPool2d",
        2,
        Text("AdaptiveAvgPool2d", "二维自适应平均池化"),
        Text("Averages an image down to the size you choose.", "把图像平均到你选择的尺寸。"),
    ),
    _adaptive(
        "AdaptiveMaxPool2d",
        2,
        Text("AdaptiveMaxPool2d", "二维自适应最大池化"),
        Text("Keeps the strongest values, down to the size you choose.", "保留最强的值，缩到你选择的尺寸。"),
    ),
    _pool(
        "MaxPool1d",
        1,
        Text("MaxPool1d", "一维最大池化"),
        Text("Shrinks a sequence, keeping the strongest of each window.", "缩短序列，保留每个窗口中最强的值。"),
        tries={"dilation": (2, [3]), "ceil_mode": (True,)},
    ),
    _pool(
        "AvgPool1d",
        1,
        Text("AvgPool1d", "一维平均池化"),
        Text("Shrinks a sequence, taking the mean of each window.", "缩短序列，取每个窗口的平均。"),
        tries={"ceil_mode": (True,), "count_include_pad": (False,)},
    ),
    _adaptive(
        "AdaptiveAvgPool1d",
        1,
        Text("AdaptiveAvgPool1d", "一维自适应平均池化"),
        Text("Averages a sequence down to the length you choose.", "把序列平均到你选择的长度。"),
    ),
    _adaptive(
        "AdaptiveMaxPool1d",
        1,
        Text("AdaptiveMaxPool1d", "一维自适应最大池化"),
        Text("Keeps the strongest values, down to the length you choose.", "保留最强的值，缩到你选择的长度。"),
    ),
)
