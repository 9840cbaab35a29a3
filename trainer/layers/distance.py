"""How near two tensors are to each other."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.axes import axes_fault, shape_text
from trainer.layers.entry import about, tensor, torch_layer
from trainer.layers.spec import CodeCall, Example, Fault, RunCall, Shapes
from trainer.messages.registry import Text

PAIR = (tensor("x1"), tensor("x2"))
PAIRS = {"x1": (((3, 5), "float32"),), "x2": (((3, 5), "float32"),)}
EPS = about(important=False)


def _code(call: CodeCall) -> str:
    return f"{call.module}({call.one('x1')}, {call.one('x2')})"


def _run(call: RunCall) -> object:
    return call.module(call.one("x1"), call.one("x2"))


def _pair_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """Two shapes that differ; an axis that is the batch."""
    one, other = shapes["x1"][0], shapes["x2"][0]
    if one != other:
        return Fault("shape.differ", None, {"expected": shape_text(one), "received": shape_text(other)})
    return axes_fault("dim", values["dim"], one) if "dim" in values else axes_fault("dim", -1, one)


LAYERS = (
    torch_layer(
        "CosineSimilarity",
        family="merge",
        icon="target",
        label=Text("CosineSimilarity", "余弦相似度"),
        summary=Text(
            "How far two vectors point the same way: 1 the same, 0 at a right angle, -1 opposite.",
            "两个向量方向的一致程度：1 相同，0 垂直，-1 相反。",
        ),
        formula=r"\frac{x_1 \cdot x_2}{\max(\|x_1\|_2 \|x_2\|_2,\, \epsilon)}",
        params={"eps": EPS},
        inputs=PAIR,
        telling=("dim",),
        code=_code,
        run=_run,
        wrong=_pair_fault,
        example=Example(inputs=PAIRS, tries={"dim": (2, -1), "eps": (10.0, 100.0)}),
    ),
    torch_layer(
        "PairwiseDistance",
        family="merge",
        icon="target",
        label=Text("PairwiseDistance", "成对距离"),
        summary=Text("How far two vectors are apart, along the last axis.", "两个向量沿最后一个轴的距离。"),
        formula=r"\|x_1 - x_2 + \epsilon\|_p",
        params={
            "p": about(
                Text("Power", "范数次数"),
                Text("1 adds up differences, 2 is the straight line.", "1 为差的绝对值之和，2 为直线距离。"),
                minimum=None,
                maximum=None,
                above=0,
            ),
            "eps": EPS,
        },
        inputs=PAIR,
        telling=("p",),
        code=_code,
        run=_run,
        wrong=_pair_fault,
        example=Example(inputs=PAIRS, tries={"p": (1.0, 3.0), "eps": (0.5, 1.0), "keepdim": (True,)}),
    ),
)
