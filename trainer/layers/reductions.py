"""Operations that bring the numbers along axes together into one."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.arithmetic import ANYTHING, NUMBERS
from trainer.layers.axes import Wrong, axes_fault, axis_size, good_axes
from trainer.layers.entry import FLOATING, operation, own_param, tensor
from trainer.layers.spec import CodeCall, Example, Fault, Layer, RunCall, Shapes
from trainer.messages.registry import Text

CUBE: Final = {"input": (((3, 4, 5), "float32"),)}
METHODS: Final = {"Mean": "mean", "Sum": "sum", "Max": "amax", "Min": "amin", "Var": "var"}


def _var_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """A single number has no variance: torch would answer "not a number"."""
    shape, dims = shapes["input"][0], values["dim"]
    fault = axes_fault("dim", dims, shape, mixes=True)
    if fault is not None:
        return fault
    count = 1
    for axis in [dims] if isinstance(dims, int) else dims:
        count *= axis_size(axis, shape)
    return Fault("shape.var", "dim") if count < 2 else None


def _arguments(call: CodeCall) -> str:
    kept = "" if call.params["keepdim"] == "False" else f", keepdim={call.params['keepdim']}"
    return f"dim={call.params['dim']}{kept}"


def _norm_run(call: RunCall) -> Any:
    norm = call.torch.linalg.vector_norm
    return norm(call.one(), dim=call.params["dim"], keepdim=call.params["keepdim"])


def _reduction(
    name: str,
    icon: str,
    label: Text,
    summary: Text,
    formula: str,
    *,
    dtypes: tuple[str, ...] = FLOATING,
    wrong: Wrong | None = None,
) -> Layer:
    method = METHODS.get(name, "")
    return operation(
        name,
        family="merge",
        icon=icon,
        label=label,
        summary=summary,
        formula=formula,
        params=(own_param("dim", "ints", 1, scalar=True), own_param("keepdim", "bool", False)),
        inputs=(tensor(dtypes=dtypes),),
        telling=("dim",),
        code=(lambda call: f"{call.one()}.{method}({_arguments(call)})")
        if method
        else (lambda call: f"torch.linalg.vector_norm({call.one()}, {_arguments(call)})"),
        run=(lambda call: getattr(call.one(), method)(dim=call.params["dim"], keepdim=call.params["keepdim"]))
        if method
        else _norm_run,
        wrong=wrong or good_axes(mixes=True),
        example=Example(inputs=CUBE, tries={"dim": (2, [2, 3]), "keepdim": (True,)}),
    )


LAYERS = (
    _reduction(
        "Mean",
        "mean",
        Text("Mean", "平均"),
        Text("The mean over axes, such as all places of an image.", "沿轴求平均，例如图像的所有位置。"),
        r"y = \frac{1}{n} \sum_{i=1}^{n} x_i",
    ),
    _reduction(
        "Sum",
        "plus",
        Text("Sum", "求和"),
        Text("The sum over axes.", "沿轴求和。"),
        r"y = \sum_i x_i",
        dtypes=ANYTHING,
    ),
    _reduction(
        "Max",
        "up",
        Text("Max", "最大值"),
        Text("The largest number over axes.", "沿轴取最大值。"),
        r"y = \max_i x_i",
        dtypes=NUMBERS,
    ),
    _reduction(
        "Min",
        "down",
        Text("Min", "最小值"),
        Text("The smallest number over axes.", "沿轴取最小值。"),
        r"y = \min_i x_i",
        dtypes=NUMBERS,
    ),
    _reduction(
        "Var",
        "norm",
        Text("Variance", "方差"),
        Text(
            "How far numbers lie from their mean, squared; divides by one less than their count.",
            "各数与均值之差的平方的平均，除数为个数减一。",
        ),
        r"y = \frac{1}{n-1} \sum_{i=1}^{n} (x_i - \bar{x})^2",
        wrong=_var_fault,
    ),
    _reduction(
        "Norm",
        "norm",
        Text("Norm", "范数"),
        Text("The length of a vector: the root of the sum of squares.", "向量的长度：平方和的平方根。"),
        r"y = \sqrt{\sum_i x_i^2}",
    ),
    operation(
        "ArgMax",
        family="merge",
        icon="up",
        label=Text("Index of the largest", "最大值索引"),
        summary=Text(
            "At which index of an axis the largest number is. Nothing is learned through it.",
            "最大的数在轴上的索引。梯度无法穿过它。",
        ),
        formula=r"y = \operatorname{arg\,max}_i x_i",
        params=(own_param("dim", "int", -1),),
        inputs=(tensor(dtypes=NUMBERS),),
        telling=("dim",),
        code=lambda call: f"{call.one()}.argmax(dim={call.params['dim']})",
        run=lambda call: call.one().argmax(dim=call.params["dim"]),
        wrong=good_axes(mixes=True),
        example=Example(inputs=CUBE, tries={"dim": (1, 2)}),
    ),
)
