"""Dropout: training with parts left out, so that no part is relied on alone."""

from typing import Any

from trainer.layers.entry import tensor, torch_layer
from trainer.layers.spec import Example, Layer
from trainer.messages.registry import Text

WHOLE = r"y = x \odot m / (1 - p), \quad m \sim \text{Bernoulli}(1 - p)"
CHANNELS = r"y_c = x_c\, m_c / (1 - p), \quad m_c \sim \text{Bernoulli}(1 - p)"
KEPT = r"y = a\,(x \odot m + \alpha'(1 - m)) + b, \quad m \sim \text{Bernoulli}(1 - p)"


def _dropout(
    name: str, label: Text, summary: Text, formula: str, *, shape: tuple[int, ...], p: float = 0.9, **port: Any
) -> Layer:
    return torch_layer(
        name,
        family="drop",
        icon="shuffle",
        label=label,
        summary=summary,
        formula=formula,
        inputs=(tensor(**port),),
        telling=("p",),
        example=Example(inputs={"input": ((shape, "float32"),)}, tries={"p": (0.1, p)}),
    )


LAYERS = (
    _dropout(
        "Dropout",
        Text("Dropout", "随机失活"),
        Text(
            "Sets random values to zero while training, which keeps a network from learning by heart.",
            "训练时随机把一些值置零，防止网络死记硬背。",
        ),
        WHOLE,
        shape=(40,),
    ),
    _dropout(
        "Dropout1d",
        Text("Dropout1d", "一维通道失活"),
        Text("Drops whole channels of a sequence while training.", "训练时随机丢弃序列的整个通道。"),
        CHANNELS,
        shape=(20, 3),
        ranks=(3,),
    ),
    _dropout(
        "Dropout2d",
        Text("Dropout2d", "二维通道失活"),
        Text("Drops whole channels of an image while training.", "训练时随机丢弃图像的整个通道。"),
        CHANNELS,
        shape=(20, 3, 2),
        ranks=(4,),
    ),
    _dropout(
        "Dropout3d",
        Text("Dropout3d", "三维通道失活"),
        Text("Drops whole channels of a volume while training.", "训练时随机丢弃体数据的整个通道。"),
        CHANNELS,
        shape=(20, 3, 2, 2),
        ranks=(5,),
    ),
    _dropout(
        "AlphaDropout",
        Text("AlphaDropout", "Alpha 失活"),
        Text(
            "Dropout that keeps mean and variance, for networks with SELU.",
            "保持均值与方差的随机失活，配合 SELU 使用。",
        ),
        KEPT,
        shape=(40,),
        p=0.8,
    ),
    _dropout(
        "FeatureAlphaDropout",
        Text("FeatureAlphaDropout", "通道 Alpha 失活"),
        Text(
            "Drops whole channels and keeps mean and variance, for networks with SELU.",
            "随机丢弃整个通道并保持均值与方差，配合 SELU 使用。",
        ),
        KEPT,
        shape=(20, 3),
        p=0.8,
    ),
)
