"""Layers and operations that change the shape and no value."""

from trainer.layers.entry import torch_layer
from trainer.layers.spec import Example, Port
from trainer.messages.registry import Text

LAYERS = (
    torch_layer(
        "Flatten",
        family="shape",
        icon="flatten",
        label=Text("Flatten", "展平"),
        summary=Text("Lays an image or a sequence out as one row of numbers.", "把图像或序列摊成一行数。"),
        inputs=(Port("input"),),
        example=Example(inputs={"input": (((3, 4, 5), "float32"),)}, tries={"start_dim": (2, 3), "end_dim": (1, 2)}),
    ),
)
