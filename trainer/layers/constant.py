"""Tensors that come from the network itself. Each sample gets the same."""

from collections.abc import Callable, Mapping
from typing import Any

from trainer.layers.entry import own_param
from trainer.layers.spec import Example, Layer
from trainer.messages.registry import Text

Start = tuple[str, Callable[[Any, tuple[int, ...]], Any]]

STARTS: Mapping[str, Start] = {
    "normal": ("torch.randn({}) * 0.02", lambda torch, shape: torch.randn(*shape) * 0.02),
    "uniform": ("torch.rand({})", lambda torch, shape: torch.rand(*shape)),
    "zeros": ("torch.zeros({})", lambda torch, shape: torch.zeros(*shape)),
    "ones": ("torch.ones({})", lambda torch, shape: torch.ones(*shape)),
}


def _sizes(shape: str) -> str:
    """The sizes of a shape as arguments: "(4, 8)" -> "4, 8"."""
    return shape[1:-1].rstrip(",")


LAYERS = (
    Layer(
        type="Parameter",
        family="embed",
        icon="target",
        label=Text("Parameter", "可学习张量"),
        summary=Text("A tensor that is learned, the same for every sample.", "一个要学习的张量，对每个样本都相同。"),
        inputs=(),
        telling=("shape",),
        params=(
            own_param("shape", "ints", minimum=1),
            own_param("init", "choice", "normal", choices=tuple(STARTS)),
        ),
        weight=lambda torch, values: STARTS[values["init"]][1](torch, values["shape"]),
        weight_code=lambda values: STARTS[values["init"][1:-1]][0].format(_sizes(values["shape"])),
        code=lambda call: f"{call.module}.expand({call.batch}, *{call.module}.shape)",
        run=lambda call: call.module.expand(call.batch, *call.module.shape),
        example=Example(
            inputs={},
            params={"shape": [2, 3]},
            tries={"shape": ([4], [3, 2]), "init": ("zeros", "ones", "uniform")},
        ),
    ),
)
