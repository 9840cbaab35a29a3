"""Activations: what bends the line between two layers."""

from trainer.layers.entry import tensor, torch_layer
from trainer.layers.spec import Example
from trainer.messages.registry import Text

NUMBERS = {"input": (((6, 5), "float32"),)}

LAYERS = (
    torch_layer(
        "ReLU",
        family="act",
        icon="act",
        label=Text("ReLU", "ReLU"),
        summary=Text("Keeps what is positive and sets the rest to zero.", "保留正数，其余置零。"),
        inputs=(tensor(),),
        example=Example(inputs=NUMBERS),
    ),
)
