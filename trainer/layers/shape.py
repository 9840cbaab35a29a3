"""Layers and operations that change the shape and no value."""

from collections.abc import Mapping
from math import prod
from typing import Any, Final

from trainer.layers.axes import axes_fault, axis_size, shape_text
from trainer.layers.constant import sizes
from trainer.layers.entry import operation, own_param
from trainer.layers.spec import CodeCall, Example, Fault, Port, Shapes
from trainer.messages.registry import Text

ANY: Final = (Port("input"),)
CUBE: Final = {"input": (((3, 4, 5), "float32"),)}


def _reshape_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    wanted, size = list(values["shape"]), prod(shapes["input"][0])
    known = prod(entry for entry in wanted if entry != -1)
    fits = size == known if -1 not in wanted else wanted.count(-1) == 1 and known > 0 and size % known == 0
    if fits and all(entry == -1 or entry > 0 for entry in wanted):
        return None
    received = shape_text(shapes["input"][0])
    return Fault("shape.reshape", "shape", {"count": size, "received": received, "wanted": shape_text(wanted)})


def _permute_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    rank = len(shapes["input"][0]) + 1
    dims = [axis % rank if -rank <= axis < rank else axis for axis in values["dims"]]
    if sorted(dims) == list(range(rank)) and dims[0] == 0:
        return None
    example = ", ".join(map(str, (0, *range(rank - 1, 0, -1))))
    return Fault("shape.permute", "dims", {"rank": rank, "example": example, "received": list(values["dims"])})


def _transpose_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape = shapes["input"][0]
    return axes_fault("dim0", values["dim0"], shape) or axes_fault("dim1", values["dim1"], shape)


def _squeeze_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, dim = shapes["input"][0], values["dim"]
    fault = axes_fault("dim", dim, shape)
    if fault is None and axis_size(dim, shape) != 1:
        return Fault("shape.squeeze", "dim", {"dim": dim, "size": axis_size(dim, shape)})
    return fault


def _unsqueeze_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """The new axis counts: a sample of two axes can get one at 1, 2 or 3."""
    return axes_fault("dim", values["dim"], (*shapes["input"][0], 1))


def _expand_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, wanted = shapes["input"][0], values["shape"]
    fits = len(wanted) == len(shape) and all(
        new in (-1, old) or (old == 1 and new > 0) for old, new in zip(shape, wanted, strict=True)
    )
    return None if fits else Fault("shape.expand", "shape", _wanted(shape, wanted))


def _repeat_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    shape, repeats = shapes["input"][0], values["repeats"]
    if len(repeats) == len(shape):
        return None
    return Fault("param.repeats", "repeats", {"expected": len(shape), "received": len(repeats)})


def _wanted(shape: tuple[int, ...], wanted: list[int]) -> dict[str, str]:
    return {"received": shape_text(shape), "wanted": shape_text(wanted)}


def _reshape_code(call: CodeCall) -> str:
    shape = sizes(call.params["shape"]) if call.values.get("shape") else ""
    if "shape" not in call.values:
        shape = f"*{call.params['shape']}"
    return f"{call.one()}.reshape({', '.join(part for part in (f'{call.one()}.shape[0]', shape) if part)})"


def _each_axis_code(call: CodeCall, method: str, batch: str, param: str) -> str:
    """`x.expand(-1, 3, 4)`, `x.repeat(1, 2, 2)`: what the parameter says of a sample, and the batch as it is."""
    said = call.values.get(param)
    rest = f"*{call.params[param]}" if said is None else sizes(call.params[param]) if said else ""
    return f"{call.one()}.{method}({', '.join(part for part in (batch, rest) if part)})"


def _permute_code(call: CodeCall) -> str:
    return f"{call.one()}.permute({sizes(call.params['dims'])})"


LAYERS = (
    operation(
        "Reshape",
        family="shape",
        icon="shape",
        label=Text("Reshape", "变形"),
        summary=Text(
            "The same numbers in another shape; one -1 stands for what is left.",
            "同样的数换一种形状；可用一个 -1 表示其余。",
        ),
        formula=r"\mathbb{R}^{d_1 \times \dots \times d_m} \to \mathbb{R}^{s_1 \times \dots \times s_n}"
        r", \quad \prod_i d_i = \prod_j s_j",
        params=(own_param("shape", "ints"),),
        inputs=ANY,
        telling=("shape",),
        code=_reshape_code,
        run=lambda call: call.one().reshape(call.one().shape[0], *call.params["shape"]),
        wrong=_reshape_fault,
        example=Example(inputs=CUBE, params={"shape": [12, 5]}, tries={"shape": ([60], [5, -1])}),
    ),
    operation(
        "Permute",
        family="shape",
        icon="shuffle",
        label=Text("Permute", "重排轴"),
        summary=Text("Puts the axes in another order.", "改变各轴的顺序。"),
        formula=r"y_{i_{\pi(0)}, i_{\pi(1)}, \dots} = x_{i_0, i_1, \dots}",
        params=(own_param("dims", "ints"),),
        inputs=ANY,
        telling=("dims",),
        code=_permute_code,
        run=lambda call: call.one().permute(call.params["dims"]),
        wrong=_permute_fault,
        example=Example(inputs=CUBE, params={"dims": [0, 2, 3, 1]}, tries={"dims": ([0, 3, 1, 2], [0, 1, 3, 2])}),
    ),
    operation(
        "Transpose",
        family="shape",
        icon="shuffle",
        label=Text("Transpose", "转置"),
        summary=Text("Lets two axes change places.", "交换两个轴。"),
        formula=r"y_{\dots j \dots i \dots} = x_{\dots i \dots j \dots}",
        params=(own_param("dim0", "int", 1), own_param("dim1", "int", 2)),
        inputs=ANY,
        telling=("dim0", "dim1"),
        code=lambda call: f"{call.one()}.transpose({call.params['dim0']}, {call.params['dim1']})",
        run=lambda call: call.one().transpose(call.params["dim0"], call.params["dim1"]),
        wrong=_transpose_fault,
        example=Example(inputs=CUBE, tries={"dim0": (3, -1), "dim1": (3, -1)}),
    ),
    operation(
        "Squeeze",
        family="shape",
        icon="shape",
        label=Text("Squeeze", "去掉单轴"),
        summary=Text("Takes away an axis of size 1.", "去掉大小为 1 的轴。"),
        formula=r"y_{\dots i, j \dots} = x_{\dots i, 0, j \dots}",
        params=(own_param("dim", "int", -1),),
        inputs=ANY,
        telling=("dim",),
        code=lambda call: f"{call.one()}.squeeze({call.params['dim']})",
        run=lambda call: call.one().squeeze(call.params["dim"]),
        wrong=_squeeze_fault,
        example=Example(inputs={"input": (((1, 4, 1, 2, 1), "float32"),)}, tries={"dim": (1, 3)}),
    ),
    operation(
        "Unsqueeze",
        family="shape",
        icon="shape",
        label=Text("Unsqueeze", "增加单轴"),
        summary=Text("Adds an axis of size 1.", "增加一个大小为 1 的轴。"),
        formula=r"y_{\dots i, 0, j \dots} = x_{\dots i, j \dots}",
        params=(own_param("dim", "int", 1),),
        inputs=ANY,
        telling=("dim",),
        code=lambda call: f"{call.one()}.unsqueeze({call.params['dim']})",
        run=lambda call: call.one().unsqueeze(call.params["dim"]),
        wrong=_unsqueeze_fault,
        example=Example(inputs=CUBE, tries={"dim": (2, -1)}),
    ),
    operation(
        "Expand",
        family="shape",
        icon="fit",
        label=Text("Expand", "扩展"),
        summary=Text(
            "Stretches axes of size 1 to the sizes given; -1 leaves an axis as it is.",
            "把大小为 1 的轴扩展到给定大小；-1 表示保持不变。",
        ),
        formula=r"y_{\dots k \dots} = x_{\dots 0 \dots}, \quad k = 0, \dots, s - 1",
        params=(own_param("shape", "ints", minimum=-1),),
        inputs=ANY,
        telling=("shape",),
        code=lambda call: _each_axis_code(call, "expand", "-1", "shape"),
        run=lambda call: call.one().expand(-1, *call.params["shape"]),
        wrong=_expand_fault,
        example=Example(
            inputs={"input": (((3, 1, 1), "float32"),)},
            params={"shape": [3, 4, 2]},
            tries={"shape": ([-1, 5, 1], [3, 1, 3])},
        ),
    ),
    operation(
        "Repeat",
        family="shape",
        icon="copy",
        label=Text("Repeat", "重复"),
        summary=Text("Lays copies of a tensor side by side along its axes.", "沿各轴并排铺放张量的副本。"),
        formula=r"y_i = x_{i \bmod n}",
        params=(own_param("repeats", "ints", minimum=1),),
        inputs=ANY,
        telling=("repeats",),
        code=lambda call: _each_axis_code(call, "repeat", "1", "repeats"),
        run=lambda call: call.one().repeat(1, *call.params["repeats"]),
        wrong=_repeat_fault,
        example=Example(
            inputs={"input": (((3, 4), "float32"),)}, params={"repeats": [2, 1]}, tries={"repeats": ([1, 3], [2, 2])}
        ),
    ),
)
