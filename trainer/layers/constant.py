"""Tensors that come from the network itself. Each sample gets the same."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from trainer.layers.entry import own_param
from trainer.layers.spec import CodeCall, Example, Fault, Layer, RunCall, Shapes
from trainer.messages.registry import Text

Start = Callable[[Any, tuple[int, ...]], Any]

STARTS: Final[Mapping[str, Start]] = {
    "normal": lambda torch, shape: torch.randn(shape) * 0.02,
    "uniform": lambda torch, shape: torch.rand(shape),
    "zeros": lambda torch, shape: torch.zeros(shape),
    "ones": lambda torch, shape: torch.ones(shape),
    "xavier": lambda torch, shape: torch.nn.init.xavier_uniform_(torch.empty(shape)),
    "kaiming": lambda torch, shape: torch.nn.init.kaiming_uniform_(torch.empty(shape)),
}
STARTS_CODE: Final[Mapping[str, str]] = {
    "normal": "torch.randn({}) * 0.02",
    "uniform": "torch.rand({})",
    "zeros": "torch.zeros({})",
    "ones": "torch.ones({})",
    "xavier": "nn.init.xavier_uniform_(torch.empty({}))",
    "kaiming": "nn.init.kaiming_uniform_(torch.empty({}))",
}


def sizes(shape: str) -> str:
    """A shape as the arguments of a call: "(4, 8)" is "4, 8"; an empty one, or the name of one, is itself."""
    return shape[1:-1].rstrip(",") if shape.startswith("(") and shape != "()" else shape


def _start_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    if values["init"] in ("xavier", "kaiming") and len(values["shape"]) < 2:
        return Fault("param.init_axes", "init", {"received": values["init"], "count": len(values["shape"])})
    return None


def _start_code(values: Mapping[str, str]) -> str:
    init, shape = values["init"], sizes(values["shape"])
    if init.startswith('"'):
        return STARTS_CODE[init.strip('"')].format(shape)
    made = ", ".join(f'"{name}": lambda: {code.format(shape)}' for name, code in STARTS_CODE.items())
    return f"{{{made}}}[{init}]()"


def _parameter_code(call: CodeCall) -> str:
    shape = call.values.get("shape")
    kept = f"*{call.module}.shape" if shape is None else ", ".join("-1" for _ in shape)
    return f"{call.module}.expand({', '.join(part for part in (f'{call.first}.shape[0]', kept) if part)})"


def _parameter_run(call: RunCall) -> Any:
    return call.module.expand(call.first.shape[0], *call.module.shape)


def _constant_code(call: CodeCall) -> str:
    shape = sizes(call.params["shape"]) if call.values.get("shape") else ""
    if "shape" not in call.values:
        shape = f"*{call.params['shape']}"
    size = f"({call.first}.shape[0], {shape})" if shape else f"({call.first}.shape[0],)"
    return f"torch.full({size}, {call.params['value']}, device={call.first}.device)"


def _constant_run(call: RunCall) -> Any:
    size = (call.first.shape[0], *call.params["shape"])
    return call.torch.full(size, call.params["value"], device=call.first.device)


LAYERS = (
    Layer(
        type="Parameter",
        family="embed",
        icon="target",
        label=Text("Parameter", "可学习张量"),
        summary=Text("A tensor that is learned, the same for every sample.", "一个要学习的张量，对每个样本都相同。"),
        formula=r"y_b = W",
        inputs=(),
        telling=("shape",),
        params=(
            own_param("shape", "ints", minimum=1),
            own_param(
                "init",
                "choice",
                "normal",
                choices=tuple(STARTS),
                summary=Text(
                    "Where learning starts: small random numbers, zeros, ones, or numbers scaled to the size of the "
                    "axes (xavier, kaiming).",
                    "学习从哪里开始：小随机数、零、一，或按各轴大小缩放的随机数（xavier、kaiming）。",
                ),
            ),
        ),
        weight=lambda torch, values: STARTS[values["init"]](torch, values["shape"]),
        weight_code=_start_code,
        code=_parameter_code,
        run=_parameter_run,
        wrong=_start_fault,
        example=Example(
            inputs={},
            params={"shape": [2, 3]},
            tries={"shape": ([4], [3, 2], []), "init": ("zeros", "ones", "uniform", "xavier", "kaiming")},
        ),
    ),
    Layer(
        type="Constant",
        family="embed",
        icon="target",
        label=Text("Constant", "常量"),
        summary=Text(
            "A tensor that holds one number everywhere and is never learned.", "处处是同一个数、不参与学习的张量。"
        ),
        formula=r"y_{b,i} = c",
        inputs=(),
        telling=("shape", "value"),
        params=(own_param("shape", "ints", minimum=1), own_param("value", "float", 0.0)),
        code=_constant_code,
        run=_constant_run,
        example=Example(
            inputs={},
            params={"shape": [2, 3]},
            tries={"shape": ([4], [3, 2], []), "value": (0.5, -2.0)},
        ),
    ),
)
