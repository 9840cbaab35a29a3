"""Activations: what bends the line between two layers."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.axes import axes_fault, axis_size, good_axes
from trainer.layers.entry import About, about, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.messages.registry import Text

NUMBERS: Final = {"input": (((6, 5), "float32"),)}
LAST_AXIS: Final[Mapping[str, About]] = {"dim": about(default=-1, always=True, nullable=False)}
SHARES: Final[Mapping[str, Any]] = {
    "icon": "softmax",
    "params": LAST_AXIS,
    "wrong": good_axes(mixes=True),
    "example": Example(inputs=NUMBERS, tries={"dim": (1, -2)}),
}


def _slopes_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape = shapes["input"][0]
    channels = shape[0] if shape else 1
    if values["num_parameters"] not in (1, channels):
        return Fault("param.slopes", "num_parameters", {"expected": channels, "received": values["num_parameters"]})
    return None


def _halves_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, dim = shapes["input"][0], values["dim"]
    fault = axes_fault("dim", dim, shape)
    if fault is None and axis_size(dim, shape) % 2:
        return Fault("shape.halves", "dim", {"dim": dim, "received": axis_size(dim, shape)})
    return fault


def _bounds_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    if values["min_val"] < values["max_val"]:
        return None
    return Fault("param.bounds", "max_val", {"expected": values["min_val"], "received": values["max_val"]})


def _slope_bounds_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    if values["lower"] <= values["upper"]:
        return None
    return Fault("param.bounds", "upper", {"expected": values["lower"], "received": values["upper"]})


def _activation(name: str, label: str, formula: str, summary: Text, **facts: Any) -> Layer:
    """`label` is the name in both languages: nobody translates these."""
    facts.setdefault("example", Example(inputs=NUMBERS))
    facts.setdefault("inputs", (tensor(),))
    return torch_layer(
        name,
        family="act",
        icon=facts.pop("icon", "act"),
        label=Text(label, label),
        summary=summary,
        formula=formula,
        **facts,
    )


LAYERS = (
    _activation(
        "ReLU",
        "ReLU",
        r"y = \max(0, x)",
        Text("Keeps what is positive and sets the rest to zero.", "保留正数，其余置零。"),
    ),
    _activation(
        "LeakyReLU",
        "LeakyReLU",
        r"y = \max(0, x) + a \min(0, x)",
        Text("Like ReLU, with a little slope below zero.", "类似 ReLU，负半轴保留一点斜率。"),
        telling=("negative_slope",),
        example=Example(inputs=NUMBERS, tries={"negative_slope": (0.1, 0.3)}),
    ),
    _activation(
        "PReLU",
        "PReLU",
        r"y = \max(0, x) + a_c \min(0, x), \quad a_c \text{ learned}",
        Text("Like LeakyReLU, with a slope that is learned.", "类似 LeakyReLU，斜率由学习得到。"),
        wrong=_slopes_fault,
        example=Example(inputs=NUMBERS, tries={"num_parameters": (6,), "init": (0.1, 0.5)}),
    ),
    _activation(
        "RReLU",
        "RReLU",
        r"y = \max(0, x) + a \min(0, x), \quad a \sim \mathcal{U}(l, u)",
        Text(
            "Like LeakyReLU, with a slope drawn anew for each number while training.",
            "类似 LeakyReLU，训练时每个数的斜率随机抽取。",
        ),
        params={
            "lower": about(Text("Least slope", "最小斜率"), Text("The smallest slope drawn.", "抽取的最小斜率。")),
            "upper": about(Text("Largest slope", "最大斜率"), Text("The largest slope drawn.", "抽取的最大斜率。")),
        },
        telling=("lower", "upper"),
        wrong=_slope_bounds_fault,
        example=Example(inputs=NUMBERS, tries={"lower": (0.0, 0.3), "upper": (0.5, 0.9)}),
    ),
    _activation(
        "ReLU6",
        "ReLU6",
        r"y = \min(\max(0, x), 6)",
        Text("A ReLU that stops at 6, for small networks.", "上限为 6 的 ReLU，常用于小型网络。"),
    ),
    _activation(
        "ELU",
        "ELU",
        r"y = \max(0, x) + \min(0, \alpha (e^{x} - 1))",
        Text("Like ReLU, bending softly below zero.", "类似 ReLU，负半轴平滑弯曲。"),
        example=Example(inputs=NUMBERS, tries={"alpha": (0.5, 2.0)}),
    ),
    _activation(
        "CELU",
        "CELU",
        r"y = \max(0, x) + \min(0, \alpha (e^{x / \alpha} - 1))",
        Text("Like ELU, with no kink whatever alpha is.", "类似 ELU，无论 α 取何值都没有折点。"),
        params={"alpha": about(above=0)},
        example=Example(inputs=NUMBERS, tries={"alpha": (0.5, 2.0)}),
    ),
    _activation(
        "SELU",
        "SELU",
        r"y = 1.0507 \, (\max(0, x) + \min(0, 1.6733 \, (e^{x} - 1)))",
        Text(
            "An ELU scaled so that dense layers keep mean and variance by themselves.",
            "经缩放的 ELU，使全连接网络自行保持均值和方差。",
        ),
    ),
    _activation(
        "GELU",
        "GELU",
        r"y = x \, \Phi(x)",
        Text("A soft ReLU, usual in transformers.", "平滑的 ReLU，常用于 Transformer。"),
        icon="gelu",
        example=Example(inputs=NUMBERS, tries={"approximate": ("tanh",)}),
    ),
    _activation(
        "SiLU",
        "SiLU",
        r"y = x \, \sigma(x) = \frac{x}{1 + e^{-x}}",
        Text("A soft ReLU that dips below zero.", "平滑的 ReLU，零点以下略有下凹。"),
        icon="gelu",
    ),
    _activation(
        "Mish",
        "Mish",
        r"y = x \tanh(\ln(1 + e^{x}))",
        Text("Like SiLU, a little smoother.", "类似 SiLU，更平滑一些。"),
        icon="gelu",
    ),
    _activation(
        "Hardswish",
        "Hardswish",
        r"y = x \, \frac{\min(\max(0, x + 3), 6)}{6}",
        Text("Like SiLU and cheaper.", "类似 SiLU，计算更省。"),
        icon="gelu",
    ),
    _activation(
        "Softplus",
        "Softplus",
        r"y = \frac{1}{\beta} \ln(1 + e^{\beta x})",
        Text("A smooth ReLU that is never quite zero.", "平滑的 ReLU，永不为零。"),
        example=Example(inputs=NUMBERS, tries={"beta": (0.5, 2.0), "threshold": (0.1, 0.5)}),
    ),
    _activation(
        "Sigmoid",
        "Sigmoid",
        r"y = \sigma(x) = \frac{1}{1 + e^{-x}}",
        Text("Squeezes each number into 0 to 1.", "把每个数压到 0 到 1。"),
    ),
    _activation(
        "Hardsigmoid",
        "Hardsigmoid",
        r"y = \frac{\min(\max(0, x + 3), 6)}{6}",
        Text("A sigmoid made of straight lines, cheaper to compute.", "由直线组成的 Sigmoid，计算更省。"),
    ),
    _activation(
        "LogSigmoid",
        "LogSigmoid",
        r"y = \ln \sigma(x) = -\ln(1 + e^{-x})",
        Text("The logarithm of a sigmoid, exact for small shares.", "Sigmoid 的对数，对很小的值也精确。"),
    ),
    _activation(
        "Tanh",
        "Tanh",
        r"y = \tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
        Text("Squeezes each number into -1 to 1.", "把每个数压到 -1 到 1。"),
    ),
    _activation(
        "Hardtanh",
        "Hardtanh",
        r"y = \min(\max(x, \text{min}), \text{max})",
        Text("Cuts each number off at two ends.", "把每个数截断在两端之间。"),
        params={
            "min_val": about(Text("Lowest", "下限"), Text("Nothing goes below.", "不低于此值。")),
            "max_val": about(Text("Highest", "上限"), Text("Nothing goes above.", "不高于此值。")),
        },
        hidden=frozenset({"min_value", "max_value"}),
        telling=("min_val", "max_val"),
        wrong=_bounds_fault,
        example=Example(inputs=NUMBERS, tries={"min_val": (-0.5, -0.1), "max_val": (0.1, 0.5)}),
    ),
    _activation(
        "Softsign",
        "Softsign",
        r"y = \frac{x}{1 + |x|}",
        Text("Squeezes into -1 to 1, more slowly than tanh.", "压到 -1 到 1，比 Tanh 更缓。"),
    ),
    _activation(
        "Tanhshrink",
        "Tanhshrink",
        r"y = x - \tanh(x)",
        Text("What tanh takes away: small numbers all but vanish.", "Tanh 去掉的部分：小数几乎消失。"),
    ),
    _activation(
        "Hardshrink",
        "Hardshrink",
        r"y = \begin{cases} x & |x| > \lambda \\ 0 & \text{otherwise} \end{cases}",
        Text("Sets small numbers to zero and keeps the rest.", "把较小的数置零，其余不变。"),
        params={
            "lambd": about(
                Text("Lambda", "λ"), Text("What is nearer to zero becomes zero.", "比它更接近零的数变为零。"), minimum=0
            )
        },
        telling=("lambd",),
        example=Example(inputs=NUMBERS, tries={"lambd": (0.1, 1.0)}),
    ),
    _activation(
        "Softshrink",
        "Softshrink",
        r"y = \operatorname{sign}(x) \max(0, |x| - \lambda)",
        Text("Moves every number towards zero, small ones all the way.", "把每个数向零移动，较小的数直接变为零。"),
        params={"lambd": about(Text("Lambda", "λ"), Text("How far each number moves.", "每个数移动多远。"), minimum=0)},
        telling=("lambd",),
        example=Example(inputs=NUMBERS, tries={"lambd": (0.1, 1.0)}),
    ),
    _activation(
        "Threshold",
        "Threshold",
        r"y = \begin{cases} x & x > \text{threshold} \\ \text{value} & \text{otherwise} \end{cases}",
        Text("Keeps what is above a threshold and replaces the rest.", "保留超过阈值的数，其余替换。"),
        params={
            "threshold": about(summary=Text("What is above it stays.", "大于它的数保持不变。"), important=True),
            "value": about(summary=Text("What the rest becomes.", "其余的数变为此值。")),
        },
        telling=("threshold", "value"),
        example=Example(
            inputs=NUMBERS,
            params={"threshold": 0.0, "value": 0.0},
            tries={"threshold": (0.1, 0.5), "value": (-1.0, 2.0)},
        ),
    ),
    _activation(
        "GLU",
        "GLU",
        r"y = a \odot \sigma(b), \quad [a; b] = x",
        Text(
            "Halves an axis and lets one half gate the other, so that half as many numbers leave.",
            "把一个轴分成两半，用一半控制另一半，输出减半。",
        ),
        icon="filter",
        telling=("dim",),
        wrong=_halves_fault,
        example=Example(inputs={"input": (((6, 4), "float32"),)}, tries={"dim": (1, -2)}),
    ),
    _activation(
        "Softmax",
        "Softmax",
        r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
        Text(
            "Turns scores into shares that sum to one. Cross entropy does it by itself.",
            "把分数变成总和为一的比例。交叉熵损失已自带此步。",
        ),
        **SHARES,
    ),
    _activation(
        "Softmax2d",
        "Softmax2d",
        r"y_{c,h,w} = \frac{e^{x_{c,h,w}}}{\sum_k e^{x_{k,h,w}}}",
        Text("Softmax over the channels at each place of an image.", "在图像的每个位置上，对各通道做 Softmax。"),
        icon="softmax",
        inputs=(tensor(ranks=(4,)),),
        example=Example(inputs={"input": (((3, 4, 5), "float32"),)}),
    ),
    _activation(
        "Softmin",
        "Softmin",
        r"y_i = \frac{e^{-x_i}}{\sum_j e^{-x_j}}",
        Text("Like softmax, with the largest share for the smallest score.", "类似 Softmax，分数越小比例越大。"),
        **SHARES,
    ),
    _activation(
        "LogSoftmax",
        "LogSoftmax",
        r"y_i = x_i - \ln \sum_j e^{x_j}",
        Text("The logarithm of softmax, exact for small shares.", "Softmax 的对数，对很小的比例也精确。"),
        **SHARES,
    ),
)
