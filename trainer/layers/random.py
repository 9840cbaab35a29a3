"""Chance: numbers that are drawn anew in each step of training."""

from trainer.layers.entry import operation, tensor
from trainer.layers.spec import Example
from trainer.messages.registry import Text

LAYERS = (
    operation(
        "RandomNormal",
        family="drop",
        icon="shuffle",
        label=Text("Normal noise", "正态噪声"),
        summary=Text(
            "Numbers drawn from the normal distribution, as many as arrive; zeros when nothing is trained.",
            "从正态分布抽取与输入同样多的数；不训练时为零。",
        ),
        formula=r"y \sim \mathcal{N}(0, 1)",
        inputs=(tensor(),),
        code=lambda call: f"torch.randn_like({call.one()}) if self.training else torch.zeros_like({call.one()})",
        run=lambda call: (call.torch.randn_like if call.training else call.torch.zeros_like)(call.one()),
        example=Example(inputs={"input": (((3, 4), "float32"),)}),
    ),
)
