"""Dropout: training with parts left out, so that no part is relied on alone."""

from trainer.layers.entry import tensor, torch_layer
from trainer.layers.spec import Example
from trainer.messages.registry import Text

LAYERS = (
    torch_layer(
        "Dropout",
        family="drop",
        icon="shuffle",
        label=Text("Dropout", "随机失活"),
        summary=Text(
            "Sets random values to zero while training, which keeps a network from learning by heart.",
            "训练时随机把一些值置零，防止网络死记硬背。",
        ),
        inputs=(tensor(),),
        telling=("p",),
        example=Example(inputs={"input": (((40,), "float32"),)}, tries={"p": (0.1, 0.9)}),
    ),
)
