"""Layers and operations that change the shape and no value."""

from collections.abc import Mapping
from math import prod
from typing import Any

from trainer.layers.entry import operation, own_param, torch_layer
from trainer.layers.spec import Example, Fault, Port, Shapes
from trainer.messages.registry import Text

ANY = (Port("input"),)
CUBE = {"input": (((3, 4, 5), "float32"),)}
DTYPES = ("float32", "int64", "bool")


def _reshape_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    wanted, size = list(values["shape"]), prod(shapes["input"][0])
    known = prod(entry for entry in wanted if entry != -1)
    fits = size == known if -1 not in wanted else wanted.count(-1) == 1 and known > 0 and size % known == 0
    if fits and all(entry == -1 or entry > 0 for entry in wanted):
        return None
    received = "×".join(map(str, shapes["input"][0])) or "1"
    return Fault("shape.reshape", "shape", {"count": size, "received": received, "wanted": "×".join(map(str, wanted))})


def _permute_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    rank = len(shapes["input"][0]) + 1
    if sorted(values["dims"]) == list(range(rank)) and values["dims"][0] == 0:
        return None
    example = ", ".join(map(str, (0, *range(rank - 1, 0, -1))))
    return Fault("shape.permute", "dims", {"rank": rank, "example": example, "received": list(values["dims"])})


LAYERS = (
    torch_layer(
        "Flatten",
        family="shape",
        icon="flatten",
        label=Text("Flatten", "展平"),
        summary=Text("Lays an image or a sequence out as one row of numbers.", "把图像或序列摊成一行数。"),
        inputs=ANY,
        example=Example(inputs=CUBE, tries={"start_dim": (2, 3), "end_dim": (1, 2)}),
    ),
    operation(
        "Reshape",
        family="shape",
        icon="shape",
        label=Text("Reshape", "变形"),
        summary=Text(
            "The same numbers in another shape; one -1 stands for what is left.",
            "同样的数换一种形状；可用一个 -1 表示其余。",
        ),
        params=(own_param("shape", "ints"),),
        inputs=ANY,
        telling=("shape",),
        code=lambda call: f"{call.one()}.reshape({call.one()}.shape[0], *{call.params['shape']})",
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
        params=(own_param("dims", "ints"),),
        inputs=ANY,
        telling=("dims",),
        code=lambda call: f"{call.one()}.permute{call.params['dims']}",
        run=lambda call: call.one().permute(*call.params["dims"]),
        wrong=_permute_fault,
        example=Example(inputs=CUBE, params={"dims": [0, 2, 3, 1]}, tries={"dims": ([0, 3, 1, 2], [0, 1, 3, 2])}),
    ),
    operation(
        "Transpose",
        family="shape",
        icon="shuffle",
        label=Text("Transpose", "转置"),
        summary=Text("Lets two axes change places.", "交换两个轴。"),
        params=(own_param("dim0", "int", 1), own_param("dim1", "int", 2)),
        inputs=ANY,
        telling=("dim0", "dim1"),
        code=lambda call: f"{call.one()}.transpose({call.params['dim0']}, {call.params['dim1']})",
        run=lambda call: call.one().transpose(call.params["dim0"], call.params["dim1"]),
        example=Example(inputs=CUBE, tries={"dim0": (3, -1), "dim1": (3, -1)}),
    ),
    operation(
        "Squeeze",
        family="shape",
        icon="shape",
        label=Text("Squeeze", "去掉单轴"),
        summary=Text("Takes away an axis of size 1.", "去掉大小为 1 的轴。"),
        params=(own_param("dim", "int", -1),),
        inputs=ANY,
        telling=("dim",),
        code=lambda call: f"{call.one()}.squeeze({call.params['dim']})",
        run=lambda call: call.one().squeeze(call.params["dim"]),
        example=Example(inputs={"input": (((1, 4, 1, 2, 1), "float32"),)}, tries={"dim": (1, 3)}),
    ),
    operation(
        "Unsqueeze",
        family="shape",
        icon="shape",
        label=Text("Unsqueeze", "增加单轴"),
        summary=Text("Adds an axis of size 1.", "增加一个大小为 1 的轴。"),
        params=(own_param("dim", "int", 1),),
        inputs=ANY,
        telling=("dim",),
        code=lambda call: f"{call.one()}.unsqueeze({call.params['dim']})",
        run=lambda call: call.one().unsqueeze(call.params["dim"]),
        example=Example(inputs=CUBE, tries={"dim": (2, -1)}),
    ),
    operation(
        "Select",
        family="shape",
        icon="list",
        label=Text("Select", "选取"),
        summary=Text("Takes one entry of an axis, such as the last step.", "取某个轴的一项，例如最后一步。"),
        params=(own_param("dim", "int", 1), own_param("index", "int", -1)),
        inputs=ANY,
        telling=("dim", "index"),
        code=lambda call: f"{call.one()}.select({call.params['dim']}, {call.params['index']})",
        run=lambda call: call.one().select(call.params["dim"], call.params["index"]),
        example=Example(inputs=CUBE, tries={"dim": (2, 3), "index": (0, 1)}),
    ),
    operation(
        "Cast",
        family="shape",
        icon="shape",
        label=Text("Cast", "转换类型"),
        summary=Text("Changes the number type.", "改变数值类型。"),
        params=(own_param("dtype", "choice", "float32", choices=DTYPES),),
        inputs=ANY,
        telling=("dtype",),
        code=lambda call: f"{call.one()}.to(torch.{call.params['dtype'][1:-1]})",
        run=lambda call: call.one().to(getattr(call.torch, call.params["dtype"])),
        example=Example(inputs={"input": (((3,), "int64"),)}, tries={"dtype": ("int64", "bool")}),
    ),
)
