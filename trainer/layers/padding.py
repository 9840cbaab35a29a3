"""Padding: more around the edges of a sequence, an image or a volume."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.entry import about, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.layers.windows import KINDS, sizes
from trainer.messages.registry import Text

SIDES: Final = about(
    summary=Text(
        "How much is added before and after each axis, the last axis first: left, right, top, bottom.",
        "在各轴前后补多少，从最后一个轴开始：左、右、上、下。",
    ),
    important=True,
)
CROPS: Final = "constant"


def _padding_fault(mode: str, values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """More than the axis has to give, or cropping that leaves nothing."""
    shape = shapes["input"][0]
    padding = sizes(values["padding"], 2 * (len(shape) - 1))
    for number, size in enumerate(reversed(shape[1:])):
        before, after = padding[2 * number : 2 * number + 2]
        if size + before + after < 1:
            return Fault("param.pad_empty", "padding", {"received": [before, after], "size": size})
        most = {"reflect": size - 1, "circular": size}.get(mode)
        if most is not None and max(before, after) > most:
            return Fault("param.pad_size", "padding", {"expected": most, "received": [before, after], "mode": mode})
    return None


def _padding(mode: str, title: str, words: Text, axes: int, summary: Text, formula: str) -> Layer:
    more = {"value": about(always=True)} if title == "ConstantPad" else {}
    tries: dict[str, tuple[Any, ...]] = {"padding": (2, [1, 0] * axes)}
    return torch_layer(
        f"{title}{axes}d",
        family="shape",
        icon="grid",
        label=Text(f"{title}{axes}d", f"{KINDS[axes - 1].zh}{words.zh}"),
        summary=summary,
        formula=formula,
        params={"padding": {**SIDES, "length": 2 * axes, **({"minimum": None} if mode == CROPS else {})}, **more},
        inputs=(tensor(ranks=(axes + 2,)),),
        telling=("padding", *more),
        wrong=lambda values, shapes: _padding_fault(mode, values, shapes),
        example=Example(
            inputs={"input": (((2, 5, 4, 6)[: axes + 1], "float32"),)},
            params={"padding": 1, **({"value": 0.5} if more else {})},
            tries={**tries, **({"value": (0.0, -1.0)} if more else {})},
        ),
    )


def _family(mode: str, title: str, words: Text, summary: Text, formula: str) -> tuple[Layer, ...]:
    return tuple(_padding(mode, title, words, axes, summary, formula) for axes in (1, 2, 3))


INSIDE: Final = r"0 \le i - p < n"

LAYERS = (
    *_family(
        CROPS,
        "ZeroPad",
        Text("Zeros", "零填充"),
        Text("Adds zeros around the edges; a negative number cuts off.", "在边缘补零；负数表示裁掉。"),
        rf"y_i = \begin{{cases}} x_{{i - p}} & {INSIDE} \\ 0 & \text{{otherwise}} \end{{cases}}",
    ),
    *_family(
        CROPS,
        "ConstantPad",
        Text("One value", "常数填充"),
        Text("Adds one value around the edges; a negative number cuts off.", "在边缘补同一个值；负数表示裁掉。"),
        rf"y_i = \begin{{cases}} x_{{i - p}} & {INSIDE} \\ v & \text{{otherwise}} \end{{cases}}",
    ),
    *_family(
        "reflect",
        "ReflectionPad",
        Text("Mirrored", "镜像填充"),
        Text("Mirrors what lies inside over the edges.", "把内部的值沿边缘镜像到外面。"),
        r"y_i = x_{\lvert i - p \rvert}, \quad \text{mirrored at } n - 1 \text{ too}",
    ),
    *_family(
        "replicate",
        "ReplicationPad",
        Text("Repeated", "复制填充"),
        Text("Repeats the values at the edges outwards.", "把边缘的值向外重复。"),
        r"y_i = x_{\min(\max(i - p,\, 0),\, n - 1)}",
    ),
    *_family(
        "circular",
        "CircularPad",
        Text("Around", "循环填充"),
        Text("Goes on at the other edge, as if the ends met.", "从另一侧边缘接续，如同首尾相连。"),
        r"y_i = x_{(i - p) \bmod n}",
    ),
)
