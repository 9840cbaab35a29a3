"""Operations that make an image or a sequence larger or smaller: padding and interpolation."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.axes import shape_text
from trainer.layers.entry import operation, own_param, tensor
from trainer.layers.spec import CodeCall, Example, Fault, RunCall, Shapes
from trainer.messages.registry import Text

PAD_MODES: Final = ("constant", "reflect", "replicate", "circular")
SCALE_MODES: Final[Mapping[str, tuple[int, ...]]] = {
    "nearest": (3, 4, 5),
    "nearest-exact": (3, 4, 5),
    "linear": (3,),
    "bilinear": (4,),
    "bicubic": (4,),
    "trilinear": (5,),
    "area": (3, 4, 5),
}
CHANNEL_AXES: Final = 2  # the batch and the channels


def _pad_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    pad, mode, shape = list(values["pad"]), values["mode"], shapes["input"][0]
    if not pad or len(pad) % 2 or len(pad) > 2 * len(shape):
        return Fault("param.pad", "pad", {"expected": 2 * len(shape), "received": len(pad)})
    if mode != "constant" and (len(shape) - len(pad) // 2 not in (0, 1) or len(pad) > 6):
        expected = "/".join(str(2 * axes) for axes in (len(shape) - 1, len(shape)) if 0 < axes <= 3) or "-"
        return Fault("param.pad_axes", "pad", {"expected": expected, "received": len(pad), "mode": mode})
    for number, size in enumerate(reversed(shape[len(shape) - len(pad) // 2 :])):
        before, after = pad[2 * number : 2 * number + 2]
        if size + before + after < 1:
            return Fault("param.pad_empty", "pad", {"received": [before, after], "size": size})
        most = {"reflect": size - 1, "circular": size}.get(mode, max(before, after))
        if mode != "constant" and not (0 <= before <= most and 0 <= after <= most):
            return Fault("param.pad_size", "pad", {"expected": most, "received": [before, after], "mode": mode})
    return None


def _pad_code(call: CodeCall) -> str:
    mode = "" if call.values.get("mode") == "constant" else f", mode={call.params['mode']}"
    value = "" if call.values.get("value") == 0 else f", value={call.params['value']}"
    return f"nn.functional.pad({call.one()}, {call.params['pad']}{mode}{value})"


def _pad_run(call: RunCall) -> Any:
    value = call.params["value"]
    pad = call.torch.nn.functional.pad
    return pad(call.one(), call.params["pad"], mode=call.params["mode"], value=value if value != 0 else None)


def _interpolate_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    size, factor, shape = values["size"], values["scale_factor"], shapes["input"][0]
    rank = len(shape) + 1
    if (size is None) == (factor is None):
        return Fault("param.size_or_factor", "size")
    if rank not in SCALE_MODES[values["mode"]]:
        fitting = ", ".join(mode for mode, ranks in SCALE_MODES.items() if rank in ranks)
        return Fault(
            "param.mode", "mode", {"expected": fitting, "received": values["mode"], "shape": shape_text(shape)}
        )
    if isinstance(size, list | tuple) and len(size) != rank - CHANNEL_AXES:
        return Fault("param.size_axes", "size", {"expected": rank - CHANNEL_AXES, "received": len(size)})
    if factor is not None and any(int(axis * factor) < 1 for axis in shape[1:]):
        return Fault("param.factor", "scale_factor", {"received": factor, "shape": shape_text(shape)})
    return None


def _interpolate_code(call: CodeCall) -> str:
    given = [f"{name}={call.params[name]}" for name in ("size", "scale_factor") if call.params[name] != "None"]
    mode = [] if call.values.get("mode") == "nearest" else [f"mode={call.params['mode']}"]
    return f"nn.functional.interpolate({', '.join([call.one(), *given, *mode])})"


def _interpolate_run(call: RunCall) -> Any:
    return call.torch.nn.functional.interpolate(
        call.one(), size=call.params["size"], scale_factor=call.params["scale_factor"], mode=call.params["mode"]
    )


LAYERS = (
    operation(
        "Pad",
        family="shape",
        icon="grid",
        label=Text("Pad", "填充边缘"),
        summary=Text(
            "Adds to both ends of axes, or cuts off where a number is negative.",
            "在轴的两端补上数值；负数表示裁掉。",
        ),
        formula=r"y_i = \begin{cases} x_{i - p} & p \le i < p + n \\ v & \text{otherwise} \end{cases}",
        params=(
            own_param("pad", "ints"),
            own_param("mode", "choice", "constant", choices=PAD_MODES),
            own_param("value", "float", 0.0),
        ),
        inputs=(tensor(),),
        telling=("pad", "mode"),
        code=_pad_code,
        run=_pad_run,
        wrong=_pad_fault,
        example=Example(
            inputs={"input": (((3, 4, 5), "float32"),)},
            params={"pad": [1, 2, 0, 1]},
            tries={
                "pad": ([1, 1, 1, 1], [2, 0, 1, 1]),
                "mode": ("reflect", "replicate", "circular"),
                "value": (1.0, -0.5),
            },
        ),
    ),
    operation(
        "Interpolate",
        family="shape",
        icon="fit",
        label=Text("Interpolate", "插值缩放"),
        summary=Text(
            "Makes a sequence, an image or a volume larger or smaller, by a size or by a factor.",
            "按给定尺寸或倍数放大、缩小序列、图像或体数据。",
        ),
        formula=r"y_i = \sum_j w_{ij}\, x_j",
        params=(
            own_param("size", "ints", None, scalar=True, nullable=True, minimum=1),
            own_param("scale_factor", "float", None, nullable=True, above=0),
            own_param("mode", "choice", "nearest", choices=tuple(SCALE_MODES)),
        ),
        inputs=(tensor(ranks=(3, 4, 5)),),
        telling=("size", "scale_factor", "mode"),
        code=_interpolate_code,
        run=_interpolate_run,
        wrong=_interpolate_fault,
        example=Example(
            inputs={"input": (((3, 4, 5), "float32"),)},
            params={"scale_factor": 2.0},
            tries={
                "size": (6, [3, 7]),
                "scale_factor": (1.5, 3.0),
                "mode": ("bilinear", "bicubic", "area", "nearest-exact"),
            },
            with_params={"size": {"scale_factor": None}, "mode": {"scale_factor": 1.7}},
        ),
    ),
)
