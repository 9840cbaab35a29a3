"""Dropout: training with parts left out, so that no part is relied on alone."""

from typing import Any

from trainer.layers.entry import tensor, torch_layer
from trainer.layers.spec import Example, Layer
from trainer.messages.registry import Text


def _dropout(name: str, label: Text, summary: Text, *, shape: tuple[int, ...], **port: Any) -> Layer:
    return torch_layer(
        name,
        family="drop",
        icon="shuffle",
        label=label,
        summary=summary,
        inputs=(tensor(**port),),
        telling=("p",),
        example=Example(inputs={"input": ((shape, "float32"),)}, tries={"p": (0.1, 0.9)}),
    )


LAYERS = (
    _dropout(
        "Dropout",
        Text("Dropout", "随机失活"),
        Text(
            "Sets random values to zero while training, which keeps a network from learning by heart.",
            "训练时随机把一些值置零，防止网络死记硬背。",
        ),
        shape=(40,),
    ),
    _dropout(
        "Dropout1d",
        Text("Dropout1d", "一维通道失活"),
        Text("Drops whole channels of a sequence while training.", "训练时随机丢弃序列的整个通道。"),
        shape=(20, 3),
        ranks=(3,),
    ),
    _dropout(
        "Dropout2d",
        Text("Dropout2d", "二维通道失活"),
        Text("Drops whole channels of an image while training.", "训练时随机丢弃图像的整个通道。"),
        shape=(20, 3, 2),
        ranks=(4,),
    ),
)
