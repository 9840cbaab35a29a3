"""Dense layers."""

from trainer.layers.entry import follows, tensor, torch_layer
from trainer.layers.spec import Example
from trainer.messages.registry import Text

LAYERS = (
    torch_layer(
        "Linear",
        family="linear",
        icon="linear",
        label=Text("Linear", "全连接"),
        summary=Text(
            "Connects every number that arrives with every number that leaves; each connection has a weight to learn.",
            "把每个输入与每个输出相连，每条连接都有一个要学习的权重。",
        ),
        params={"in_features": follows()},
        inputs=(tensor(),),
        telling=("out_features",),
        example=Example(
            inputs={"input": (((12,), "float32"),)},
            params={"out_features": 5},
            tries={"out_features": (3, 7), "bias": (False,)},
        ),
    ),
)
