"""Dense layers."""

from collections.abc import Mapping
from math import prod
from typing import Any

from trainer.layers.entry import follows, tensor, torch_layer
from trainer.layers.spec import CodeCall, Example, Port, RunCall, Shapes
from trainer.messages.registry import Text


def _two_inputs_code(call: CodeCall) -> str:
    return f"{call.module}({call.one('input1')}, {call.one('input2')})"


def _two_inputs_run(call: RunCall) -> object:
    return call.module(call.one("input1"), call.one("input2"))


def _pair_macs(values: Mapping[str, Any], shapes: Shapes) -> int:
    """One for each weight, at every place."""
    *places, features = shapes["input1"][0]
    return prod(places) * features * shapes["input2"][0][-1] * int(values["out_features"])


LAYERS = (
    torch_layer(
        "Linear",
        family="linear",
        icon="linear",
        label=Text("Linear", "全连接"),
        summary=Text(
            "Connects every number that arrives with every number that leaves; each connection has a weight to learn.",
            "把每个输入与每个输出相连，每条连接都有一个要学习的权重。",
        ),
        formula=r"y = x A^\top + b",
        params={"in_features": follows()},
        inputs=(tensor(),),
        telling=("out_features",),
        example=Example(
            inputs={"input": (((12,), "float32"),)},
            params={"out_features": 5},
            tries={"out_features": (3, 7), "bias": (False,)},
        ),
    ),
    torch_layer(
        "Bilinear",
        family="linear",
        icon="linear",
        label=Text("Bilinear", "双线性"),
        summary=Text(
            "Weighs every pair of a number of the first input with one of the second.",
            "对两个输入的每一对数加权。",
        ),
        formula=r"y_k = x_1^\top A_k\, x_2 + b_k",
        params={"in1_features": follows("input1"), "in2_features": follows("input2")},
        inputs=(tensor("input1"), tensor("input2")),
        telling=("out_features",),
        code=_two_inputs_code,
        run=_two_inputs_run,
        macs=_pair_macs,
        example=Example(
            inputs={"input1": (((4,), "float32"),), "input2": (((3,), "float32"),)},
            params={"out_features": 5},
            tries={"out_features": (3, 7), "bias": (False,)},
        ),
    ),
    torch_layer(
        "Identity",
        family="linear",
        icon="arrow",
        label=Text("Identity", "恒等"),
        summary=Text("Passes on what arrives as it is: a place to fill later.", "原样传递，可作为占位。"),
        formula="y = x",
        inputs=(Port("input"),),
        example=Example(inputs={"input": (((4, 3), "float32"),)}),
    ),
)
