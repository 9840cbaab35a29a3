"""Operations that join several tensors, or many numbers, into one."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from trainer.layers.entry import operation, own_param, tensor
from trainer.layers.spec import Example, Fault, Layer, Port, Shapes
from trainer.messages.registry import Text

PAIR = (((3, 4), "float32"), ((3, 4), "float32"))
MANY = (tensor("inputs", variadic=True),)
TWO = (tensor("input"), tensor("other"))
CUBE = {"input": (((3, 4, 5), "float32"),)}


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "1"


def _same_shapes(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Numbers are joined place by place; an axis of size 1 is stretched, nothing else."""
    group = [shape for port in ("inputs", "input", "other") for shape in shapes.get(port, ())]
    first = group[0]
    for shape in group[1:]:
        fits = len(shape) == len(first) and all(a == b or 1 in (a, b) for a, b in zip(first, shape, strict=True))
        if not fits:
            return Fault("shape.differ", None, {"expected": _text(first), "received": _text(shape)})
    return None


def _concat_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    first, rank = shapes["inputs"][0], len(shapes["inputs"][0]) + 1
    axis = values["dim"] % rank if -rank <= values["dim"] < rank else 0
    if axis == 0:
        return Fault("batch.axis", "dim", {"received": values["dim"], "last": rank - 1})
    for shape in shapes["inputs"][1:]:
        if len(shape) != len(first) or shape[: axis - 1] + shape[axis:] != first[: axis - 1] + first[axis:]:
            return Fault("shape.concat", None, {"expected": _text(first), "received": _text(shape), "dim": axis})
    return None


def _stack_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    first = shapes["inputs"][0]
    for shape in shapes["inputs"][1:]:
        if shape != first:
            return Fault("shape.differ", None, {"expected": _text(first), "received": _text(shape)})
    return None


def _matmul_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    (one, other) = (shapes[port][0] for port in ("input", "other"))
    if len(one) < 2 or len(one) != len(other) or one[:-2] != other[:-2] or one[-1] != other[-2]:
        return Fault("shape.matmul", None, {"expected": _text(one), "received": _text(other)})
    return None


def _many(name: str, icon: str, label: Text, summary: Text, sign: str, join: Callable[[Any, Any], Any]) -> Layer:
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        inputs=MANY,
        code=lambda call: f" {sign} ".join(call.inputs["inputs"]),
        run=lambda call: reduce(join, call.inputs["inputs"]),
        wrong=_same_shapes,
        example=Example(inputs={"inputs": PAIR}),
    )


def _two(name: str, icon: str, label: Text, summary: Text, sign: str, join: Callable[[Any, Any], Any]) -> Layer:
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        inputs=TWO,
        code=lambda call: f"{call.one('input')} {sign} {call.one('other')}",
        run=lambda call: join(call.one("input"), call.one("other")),
        wrong=_matmul_fault if sign == "@" else _same_shapes,
        example=Example(
            inputs={
                "input": (((3, 4), "float32"),),
                "other": (((4, 2), "float32"),) if sign == "@" else (((3, 4), "float32"),),
            }
        ),
    )


def _extreme(name: str, icon: str, label: Text, summary: Text, function: str) -> Layer:
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        inputs=MANY,
        code=lambda call: reduce(lambda one, other: f"torch.{function}({one}, {other})", call.inputs["inputs"]),
        run=lambda call: reduce(getattr(call.torch, function), call.inputs["inputs"]),
        wrong=_same_shapes,
        example=Example(inputs={"inputs": PAIR}),
    )


def _reduction(name: str, icon: str, label: Text, summary: Text, function: str) -> Layer:
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        params=(own_param("dim", "ints", 1, scalar=True), own_param("keepdim", "bool", False)),
        inputs=(tensor(),),
        telling=("dim",),
        code=lambda call: f"{call.one()}.{function}(dim={call.params['dim']}{_kept(call.params['keepdim'])})",
        run=lambda call: getattr(call.one(), function)(dim=call.params["dim"], keepdim=call.params["keepdim"]),
        example=Example(inputs=CUBE, tries={"dim": (2, [2, 3]), "keepdim": (True,)}),
    )


def _kept(keepdim: str) -> str:
    return "" if keepdim == "False" else f", keepdim={keepdim}"


LAYERS = (
    _many(
        "Add",
        "add",
        Text("Add", "相加"),
        Text(
            "Adds tensors of one shape, place by place: the shortcut of a residual.",
            "逐位相加形状相同的张量，残差捷径即用它。",
        ),
        "+",
        lambda one, other: one + other,
    ),
    _many(
        "Mul",
        "x",
        Text("Multiply", "相乘"),
        Text("Multiplies place by place: a gate.", "逐位相乘，可用作门控。"),
        "*",
        lambda one, other: one * other,
    ),
    operation(
        "Concat",
        family="merge",
        icon="merge",
        label=Text("Concat", "拼接"),
        summary=Text("Puts tensors side by side along one axis.", "沿一个轴把张量并排拼接。"),
        params=(own_param("dim", "int", 1),),
        inputs=(Port("inputs", variadic=True),),
        telling=("dim",),
        code=lambda call: f"torch.cat([{call.many()}], dim={call.params['dim']})",
        run=lambda call: call.torch.cat(call.inputs["inputs"], dim=call.params["dim"]),
        wrong=_concat_fault,
        example=Example(inputs={"inputs": PAIR}, tries={"dim": (2, -1)}),
    ),
    operation(
        "Stack",
        family="merge",
        icon="merge",
        label=Text("Stack", "堆叠"),
        summary=Text("Puts tensors behind one another along a new axis.", "沿一个新轴把张量叠放。"),
        params=(own_param("dim", "int", 1),),
        inputs=(Port("inputs", variadic=True),),
        telling=("dim",),
        code=lambda call: f"torch.stack([{call.many()}], dim={call.params['dim']})",
        run=lambda call: call.torch.stack(call.inputs["inputs"], dim=call.params["dim"]),
        wrong=_stack_fault,
        example=Example(inputs={"inputs": PAIR}, tries={"dim": (2, -1)}),
    ),
    _two(
        "Sub",
        "minus",
        Text("Subtract", "相减"),
        Text("The first less the second.", "第一个减去第二个。"),
        "-",
        lambda one, other: one - other,
    ),
    _two(
        "Div",
        "minus",
        Text("Divide", "相除"),
        Text("The first divided by the second.", "第一个除以第二个。"),
        "/",
        lambda one, other: one / other,
    ),
    _two(
        "MatMul",
        "x",
        Text("Matrix product", "矩阵乘"),
        Text("Multiplies the last two axes as matrices.", "把最后两个轴当作矩阵相乘。"),
        "@",
        lambda one, other: one @ other,
    ),
    _extreme(
        "Maximum",
        "up",
        Text("Maximum", "取大"),
        Text("The larger number at each place.", "逐位取较大的数。"),
        "maximum",
    ),
    _extreme(
        "Minimum",
        "down",
        Text("Minimum", "取小"),
        Text("The smaller number at each place.", "逐位取较小的数。"),
        "minimum",
    ),
    _reduction(
        "Mean",
        "mean",
        Text("Mean", "平均"),
        Text("The mean over axes, such as all places of an image.", "沿轴求平均，例如图像的所有位置。"),
        "mean",
    ),
    _reduction("Sum", "plus", Text("Sum", "求和"), Text("The sum over axes.", "沿轴求和。"), "sum"),
    _reduction("Max", "up", Text("Max", "最大值"), Text("The largest number over axes.", "沿轴取最大值。"), "amax"),
)
