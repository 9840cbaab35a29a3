"""Operations on each number by itself."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.entry import WHOLE, operation, own_param, tensor
from trainer.layers.spec import CodeCall, Example, Fault, Port, RunCall, Shapes
from trainer.messages.registry import Text

DTYPES: Final = ("float32", "int64", "bool")
NUMBERS: Final = {"input": (((3, 4), "float32"),)}


def _clamp_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    low, high = values["min"], values["max"]
    if low is None and high is None:
        return Fault("param.bounds_missing", "min")
    if low is not None and high is not None and low > high:
        return Fault("param.bounds", "max", {"expected": low, "received": high})
    return None


def _clamp_code(call: CodeCall) -> str:
    bounds = [f"{name}={call.params[name]}" for name in ("min", "max") if call.params[name] != "None"]
    return f"{call.one()}.clamp({', '.join(bounds)})"


def _scale_shift_code(call: CodeCall) -> str:
    scaled = "" if call.values.get("scale") == 1 else f" * {call.params['scale']}"
    shifted = "" if call.values.get("shift") == 0 else _shift_text(call.params["shift"])
    return f"{call.one()}{scaled}{shifted}"


def _shift_text(shift: str) -> str:
    return f" - {shift[1:]}" if shift.startswith("-") else f" + {shift}"


def _scale_shift_run(call: RunCall) -> Any:
    result = call.one()
    if call.params["scale"] != 1:
        result = result * call.params["scale"]
    return result if call.params["shift"] == 0 else result + call.params["shift"]


def _cast_code(call: CodeCall) -> str:
    dtype = call.params["dtype"]
    written = f"torch.{call.values['dtype']}" if "dtype" in call.values else f"getattr(torch, {dtype})"
    return f"{call.one()}.to({written})"


LAYERS = (
    operation(
        "ScaleShift",
        family="merge",
        icon="fit",
        label=Text("Scale and shift", "缩放与平移"),
        summary=Text(
            "Multiplies by one number and adds another; both are fixed.", "乘一个固定的数，再加一个固定的数。"
        ),
        formula=r"y = a x + b",
        params=(own_param("scale", "float", 1.0), own_param("shift", "float", 0.0)),
        inputs=(tensor(),),
        telling=("scale", "shift"),
        code=_scale_shift_code,
        run=_scale_shift_run,
        example=Example(inputs=NUMBERS, tries={"scale": (2.0, -0.5), "shift": (1.0, -3.0)}),
    ),
    operation(
        "Clamp",
        family="merge",
        icon="fit",
        label=Text("Clamp", "截断"),
        summary=Text("Cuts off what lies below a lowest or above a highest number.", "把过小或过大的数截到界限上。"),
        formula=r"y = \min(\max(x, \text{min}), \text{max})",
        params=(
            own_param("min", "float", None, nullable=True),
            own_param("max", "float", None, nullable=True),
        ),
        inputs=(tensor(),),
        telling=("min", "max"),
        code=_clamp_code,
        run=lambda call: call.one().clamp(min=call.params["min"], max=call.params["max"]),
        wrong=_clamp_fault,
        example=Example(
            inputs=NUMBERS, params={"min": -1.0, "max": 1.0}, tries={"min": (0.0, -0.2), "max": (0.1, 0.5)}
        ),
    ),
    operation(
        "Cast",
        family="shape",
        icon="number",
        label=Text("Cast", "转换类型"),
        summary=Text("Changes the number type.", "改变数值类型。"),
        formula=r"y = \operatorname{dtype}(x)",
        params=(own_param("dtype", "choice", "float32", choices=DTYPES),),
        inputs=(Port("input"),),
        telling=("dtype",),
        code=_cast_code,
        run=lambda call: call.one().to(getattr(call.torch, call.params["dtype"])),
        example=Example(inputs={"input": (((3,), "int64"),)}, tries={"dtype": ("int64", "bool")}),
    ),
    operation(
        "OneHot",
        family="embed",
        icon="category",
        label=Text("One-hot", "独热编码"),
        summary=Text(
            "Turns each index into a row of zeros with a single one. The result is int64: cast it before a layer.",
            "把每个索引变成一行零，其中一位为一。结果为 int64，接入层之前请转换类型。",
        ),
        formula=r"y_{i,k} = [x_i = k]",
        params=(own_param("num_classes", "int", minimum=1),),
        inputs=(tensor(dtypes=WHOLE),),
        telling=("num_classes",),
        code=lambda call: f"nn.functional.one_hot({call.one()}, {call.params['num_classes']})",
        run=lambda call: call.torch.nn.functional.one_hot(call.one(), call.params["num_classes"]),
        example=Example(inputs={"input": (((3,), "int64"),)}, params={"num_classes": 5}, tries={"num_classes": (4, 7)}),
    ),
)
