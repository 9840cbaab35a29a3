"""Functions of each number by itself that no activation is, and the angles that positions are turned by."""

from typing import Any

from trainer.layers.entry import operation, own_param, tensor
from trainer.layers.spec import CodeCall, Example, Layer, RunCall
from trainer.messages.registry import Text

NUMBERS = {"input": (((3, 4), "float32"),)}
SEQUENCE = {"input": (((5, 6), "float32"),)}


def _function(name: str, label: Text, summary: Text, formula: str) -> Layer:
    function = name.lower()
    return operation(
        name,
        family="merge",
        icon="act",
        label=label,
        summary=summary,
        formula=formula,
        inputs=(tensor(),),
        code=lambda call: f"{call.one()}.{function}()",
        run=lambda call: getattr(call.one(), function)(),
        example=Example(inputs=NUMBERS),
    )


def _angles_code(call: CodeCall) -> str:
    x, base = call.one(), call.params["base"]
    device = f"device={x}.device"
    steps, rates = f"torch.arange({x}.shape[-2], {device})", f"torch.arange(0, {x}.shape[-1], 2, {device})"
    angles = f"torch.outer({steps}, {base} ** (-{rates} / {x}.shape[-1]))"
    return f"{angles}.expand({x}.shape[0], *[1] * ({x}.dim() - 3), -1, -1)"


def _angles_run(call: RunCall) -> Any:
    x, torch = call.one(), call.torch
    steps = torch.arange(x.shape[-2], device=x.device)  # [T]
    rates = torch.arange(0, x.shape[-1], 2, device=x.device)  # [D / 2]
    angles = torch.outer(steps, call.params["base"] ** (-rates / x.shape[-1]))  # [T, D / 2]
    return angles.expand(x.shape[0], *[1] * (x.dim() - 3), -1, -1)


LAYERS = (
    _function(
        "Abs",
        Text("Absolute value", "绝对值"),
        Text("The size of each number without its sign.", "去掉正负号后的大小。"),
        r"y = |x|",
    ),
    _function(
        "Exp", Text("Exponential", "指数"), Text("e to the power of each number.", "以 e 为底的指数。"), r"y = e^{x}"
    ),
    _function(
        "Log",
        Text("Logarithm", "对数"),
        Text(
            "The natural logarithm of each number. Only numbers above zero have one: clamp or add a little before.",
            "每个数的自然对数。只有正数才有对数：请先截断或加上一个小的数。",
        ),
        r"y = \ln x",
    ),
    operation(
        "Pow",
        family="merge",
        icon="act",
        label=Text("Power", "幂"),
        summary=Text(
            "Each number to a fixed power: 2 squares it, 0.5 takes its root, -1 divides one by it. Numbers below zero "
            "have whole powers only.",
            "每个数的固定次幂：2 为平方，0.5 为平方根，-1 为倒数。负数只能取整数次幂。",
        ),
        formula=r"y = x^{p}",
        params=(
            own_param(
                "exponent",
                "float",
                2.0,
                important=True,
                label=Text("Power", "次数"),
                summary=Text("How often each number is multiplied by itself.", "每个数与自身相乘的次数。"),
            ),
        ),
        inputs=(tensor(),),
        telling=("exponent",),
        code=lambda call: f"{call.one()}.pow({call.params['exponent']})",
        run=lambda call: call.one().pow(call.params["exponent"]),
        example=Example(inputs=NUMBERS, tries={"exponent": (3.0, -1.0)}),
    ),
    _function("Sin", Text("Sine", "正弦"), Text("The sine of each angle.", "每个角度的正弦。"), r"y = \sin x"),
    _function("Cos", Text("Cosine", "余弦"), Text("The cosine of each angle.", "每个角度的余弦。"), r"y = \cos x"),
    operation(
        "Angles",
        family="attn",
        icon="recur",
        label=Text("Angles of positions", "位置角度"),
        summary=Text(
            "For each step of a sequence, one angle a pair of features: fast ones first, slow ones last.",
            "序列的每一步、每对特征一个角度：先快后慢。",
        ),
        formula=r"\theta_{t,i} = t \cdot b^{-2i/d}",
        params=(
            own_param(
                "base",
                "float",
                10000.0,
                above=1,
                label=Text("Base", "底数"),
                summary=Text("The larger, the slower the slowest angle turns.", "越大，最慢的角度转得越慢。"),
            ),
        ),
        inputs=(tensor(ranks=(3, 4)),),
        code=_angles_code,
        run=_angles_run,
        example=Example(inputs=SEQUENCE, tries={"base": (100.0, 50.5)}),
    ),
)
