"""Activations: what bends the line between two layers."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import about, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.messages.registry import Text

NUMBERS = {"input": (((6, 5), "float32"),)}


def _batch_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Shares taken over the batch would mix samples that have nothing to do with each other."""
    rank = len(shapes["input"][0]) + 1
    return Fault("batch.mixed", "dim") if values["dim"] % rank == 0 and -rank <= values["dim"] < rank else None


def _slopes_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape = shapes["input"][0]
    channels = shape[0] if shape else 1
    if values["num_parameters"] not in (1, channels):
        return Fault("param.slopes", "num_parameters", {"expected": channels, "received": values["num_parameters"]})
    return None


def _activation(name: str, label: Text, summary: Text, **facts: Any) -> Layer:
    facts.setdefault("example", Example(inputs=NUMBERS))
    return torch_layer(
        name, family="act", icon=facts.pop("icon", "act"), label=label, summary=summary, inputs=(tensor(),), **facts
    )


LAYERS = (
    _activation(
        "ReLU",
        Text("ReLU", "ReLU"),
        Text("Keeps what is positive and sets the rest to zero.", "保留正数，其余置零。"),
    ),
    _activation(
        "LeakyReLU",
        Text("LeakyReLU", "LeakyReLU"),
        Text("Like ReLU, with a little slope below zero.", "类似 ReLU，负半轴保留一点斜率。"),
        telling=("negative_slope",),
        example=Example(inputs=NUMBERS, tries={"negative_slope": (0.1, 0.3)}),
    ),
    _activation(
        "PReLU",
        Text("PReLU", "PReLU"),
        Text("Like LeakyReLU, with a slope that is learned.", "类似 LeakyReLU，斜率由学习得到。"),
        wrong=_slopes_fault,
        example=Example(inputs=NUMBERS, tries={"num_parameters": (6,), "init": (0.1, 0.5)}),
    ),
    _activation(
        "ELU",
        Text("ELU", "ELU"),
        Text("Like ReLU, bending softly below zero.", "类似 ReLU，负半轴平滑弯曲。"),
        example=Example(inputs=NUMBERS, tries={"alpha": (0.5, 2.0)}),
    ),
    _activation(
        "GELU",
        Text("GELU", "GELU"),
        Text("A soft ReLU, usual in transformers.", "平滑的 ReLU，常用于 Transformer。"),
        icon="gelu",
        example=Example(inputs=NUMBERS, tries={"approximate": ("tanh",)}),
    ),
    _activation(
        "SiLU",
        Text("SiLU", "SiLU"),
        Text("A soft ReLU that dips below zero.", "平滑的 ReLU，零点以下略有下凹。"),
        icon="gelu",
    ),
    _activation(
        "Mish", Text("Mish", "Mish"), Text("Like SiLU, a little smoother.", "类似 SiLU，更平滑一些。"), icon="gelu"
    ),
    _activation(
        "Sigmoid", Text("Sigmoid", "Sigmoid"), Text("Squeezes each number into 0 to 1.", "把每个数压到 0 到 1。")
    ),
    _activation("Tanh", Text("Tanh", "Tanh"), Text("Squeezes each number into -1 to 1.", "把每个数压到 -1 到 1。")),
    _activation(
        "Softmax",
        Text("Softmax", "Softmax"),
        Text(
            "Turns scores into shares that sum to one. Cross entropy does it by itself.",
            "把分数变成总和为一的比例。交叉熵损失已自带此步。",
        ),
        icon="softmax",
        params={"dim": about(default=-1, always=True, nullable=False)},
        wrong=_batch_fault,
        example=Example(inputs=NUMBERS, tries={"dim": (1, -2)}),
    ),
    _activation(
        "LogSoftmax",
        Text("LogSoftmax", "LogSoftmax"),
        Text("The logarithm of softmax, exact for small shares.", "Softmax 的对数，对很小的比例也精确。"),
        icon="softmax",
        params={"dim": about(default=-1, always=True, nullable=False)},
        wrong=_batch_fault,
        example=Example(inputs=NUMBERS, tries={"dim": (1, -2)}),
    ),
    _activation(
        "Softplus",
        Text("Softplus", "Softplus"),
        Text("A smooth ReLU that is never quite zero.", "平滑的 ReLU，永不为零。"),
        example=Example(inputs=NUMBERS, tries={"beta": (0.5, 2.0), "threshold": (0.1, 0.5)}),
    ),
    _activation(
        "Hardswish",
        Text("Hardswish", "Hardswish"),
        Text("Like SiLU and cheaper.", "类似 SiLU，计算更省。"),
        icon="gelu",
    ),
)
