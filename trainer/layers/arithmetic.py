"""Arithmetic of two or more tensors, place by place, and the product of matrices."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, Final

from trainer.layers.axes import shape_text
from trainer.layers.entry import operation, tensor
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.messages.registry import Text

NUMBERS: Final = ("float32", "int64")
ANYTHING: Final = ("float32", "int64", "bool")
PAIR: Final = (((3, 4), "float32"), ((3, 4), "float32"))
ONE: Final = (((3, 4), "float32"),)


def same_shapes(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Numbers are joined place by place; an axis of size 1 is stretched, nothing else."""
    group = [shape for port in ("inputs", "condition", "input", "other") for shape in shapes.get(port, ())]
    first = group[0]
    for shape in group[1:]:
        fits = len(shape) == len(first) and all(a == b or 1 in (a, b) for a, b in zip(first, shape, strict=True))
        if not fits:
            return Fault("shape.differ", None, {"expected": shape_text(first), "received": shape_text(shape)})
    return None


def _matmul_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    (one, other) = (shapes[port][0] for port in ("input", "other"))
    if len(one) < 2 or len(one) != len(other) or one[:-2] != other[:-2] or one[-1] != other[-2]:
        return Fault("shape.matmul", None, {"expected": shape_text(one), "received": shape_text(other)})
    return None


def _many(
    name: str, icon: str, label: Text, summary: Text, sign: str, formula: str, join: Callable[[Any, Any], Any]
) -> Layer:
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        formula=formula,
        inputs=(tensor("inputs", variadic=True, dtypes=ANYTHING),),
        code=lambda call: f" {sign} ".join(call.inputs["inputs"]),
        run=lambda call: reduce(join, call.inputs["inputs"]),
        wrong=same_shapes,
        example=Example(inputs={"inputs": PAIR}),
    )


def _two(
    name: str, icon: str, label: Text, summary: Text, sign: str, formula: str, join: Callable[[Any, Any], Any]
) -> Layer:
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        formula=formula,
        inputs=(tensor("input", dtypes=NUMBERS), tensor("other", dtypes=NUMBERS)),
        code=lambda call: f"{call.one('input')} {sign} {call.one('other')}",
        run=lambda call: join(call.one("input"), call.one("other")),
        wrong=same_shapes,
        example=Example(inputs={"input": ONE, "other": ONE}),
    )


def _extreme(name: str, icon: str, label: Text, summary: Text, function: str, formula: str) -> Layer:
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        formula=formula,
        inputs=(tensor("inputs", variadic=True, dtypes=ANYTHING),),
        code=lambda call: reduce(lambda one, other: f"torch.{function}({one}, {other})", call.inputs["inputs"]),
        run=lambda call: reduce(getattr(call.torch, function), call.inputs["inputs"]),
        wrong=same_shapes,
        example=Example(inputs={"inputs": PAIR}),
    )


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
        r"y = x_1 + x_2 + \dots + x_n",
        lambda one, other: one + other,
    ),
    _two(
        "Sub",
        "minus",
        Text("Subtract", "相减"),
        Text("The first less the second.", "第一个减去第二个。"),
        "-",
        r"y = x_1 - x_2",
        lambda one, other: one - other,
    ),
    _many(
        "Mul",
        "x",
        Text("Multiply", "相乘"),
        Text("Multiplies place by place: a gate.", "逐位相乘，可用作门控。"),
        "*",
        r"y = x_1 \odot x_2 \odot \dots \odot x_n",
        lambda one, other: one * other,
    ),
    _two(
        "Div",
        "minus",
        Text("Divide", "相除"),
        Text("The first divided by the second.", "第一个除以第二个。"),
        "/",
        r"y = \frac{x_1}{x_2}",
        lambda one, other: one / other,
    ),
    operation(
        "MatMul",
        family="merge",
        icon="x",
        label=Text("Matrix product", "矩阵乘"),
        summary=Text("Multiplies the last two axes as matrices.", "把最后两个轴当作矩阵相乘。"),
        formula=r"Y_{ij} = \sum_k A_{ik} B_{kj}",
        inputs=(tensor("input"), tensor("other")),
        code=lambda call: f"{call.one('input')} @ {call.one('other')}",
        run=lambda call: call.one("input") @ call.one("other"),
        wrong=_matmul_fault,
        example=Example(inputs={"input": ONE, "other": (((4, 2), "float32"),)}),
    ),
    _extreme(
        "Maximum",
        "up",
        Text("Maximum", "取大"),
        Text("The larger number at each place.", "逐位取较大的数。"),
        "maximum",
        r"y_i = \max(x_{1,i}, x_{2,i}, \dots)",
    ),
    _extreme(
        "Minimum",
        "down",
        Text("Minimum", "取小"),
        Text("The smaller number at each place.", "逐位取较小的数。"),
        "minimum",
        r"y_i = \min(x_{1,i}, x_{2,i}, \dots)",
    ),
    operation(
        "Where",
        family="merge",
        icon="filter",
        label=Text("Where", "条件选择"),
        summary=Text(
            "Takes the first where the condition holds, and the second elsewhere.",
            "条件成立处取第一个，其余处取第二个。",
        ),
        formula=r"y_i = \begin{cases} a_i & c_i \\ b_i & \text{otherwise} \end{cases}",
        inputs=(
            tensor("condition", dtypes=("bool",)),
            tensor("input", dtypes=NUMBERS),
            tensor("other", dtypes=NUMBERS),
        ),
        code=lambda call: f"torch.where({call.one('condition')}, {call.one('input')}, {call.one('other')})",
        run=lambda call: call.torch.where(call.one("condition"), call.one("input"), call.one("other")),
        wrong=same_shapes,
        example=Example(inputs={"condition": (((3, 4), "bool"),), "input": ONE, "other": ONE}),
    ),
)
