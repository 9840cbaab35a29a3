"""What stands for an operation of an imported model that is not in the catalogue: it keeps its wires and never runs."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import own_param
from trainer.layers.spec import Example, Fault, Layer, Port, Shapes
from trainer.messages.registry import Text

UNKNOWN = "Unknown"


def _unknown_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault:
    return Fault("import.unknown_op", "op", {"op": values["op"], "note": values["note"] or "-"})


LAYERS = (
    Layer(
        type=UNKNOWN,
        family="block",
        icon="lock",
        label=Text("Unknown operation", "未知操作"),
        summary=Text(
            "Holds the place of an operation that an imported model has and Layerloom has not.",
            "为导入的模型中 Layerloom 没有的操作保留位置。",
        ),
        inputs=(Port("inputs", variadic=True, optional=True),),
        counted="outputs",
        telling=("op",),
        params=(
            own_param(
                "op",
                "text",
                important=True,
                label=Text("Operation", "操作"),
                summary=Text("Its name in the imported file.", "它在导入文件中的名称。"),
            ),
            own_param(
                "note",
                "text",
                "",
                label=Text("Why", "原因"),
                summary=Text("What about it could not be taken over.", "其中无法转换的内容。"),
            ),
            own_param(
                "outputs",
                "int",
                1,
                minimum=1,
                maximum=64,
                label=Text("Outputs", "输出数"),
                summary=Text("How many tensors it gives.", "它给出多少个张量。"),
            ),
        ),
        wrong=_unknown_fault,
        formula=r"y = \text{?}(x_1, \dots, x_n)",
        example=Example(
            inputs={"inputs": (((3,), "float32"),)},
            params={"op": "Einsum"},
            tries={"op": ("TopK", "Loop"), "note": ("a", "b"), "outputs": (2, 3)},
        ),
    ),
)
