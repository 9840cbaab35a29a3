"""Operations on sequences with padding. A mask is true where a step is only padding."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.axes import shape_text
from trainer.layers.entry import WHOLE, operation, own_param, tensor
from trainer.layers.spec import CodeCall, Example, Fault, Port, RunCall, Shapes
from trainer.messages.registry import Text

STEPS: Final = (((6, 4), "float32"),)
MASK: Final = (((6,), "bool"),)
SEQUENCE_RANKS: Final = (2, 3, 4, 5)


def mask_port(name: str = "mask", *, optional: bool = True) -> Port:
    """A port for what `PaddingMask` gives: a yes or no for each step."""
    return Port(name, optional=optional, ranks=(2,), dtypes=("bool",))


def mask_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    """A mask must have a value for each step of the `input`."""
    length = shapes["input"][0][0]
    for shape in shapes.get("mask", ()):
        if shape != (length,):
            return Fault("shape.mask", None, {"expected": length, "received": shape_text(shape)})
    return None


def _last_code(call: CodeCall) -> str:
    if not call.inputs.get("mask"):
        return f"{call.one()}[:, -1]"
    rows = f"torch.arange({call.one()}.shape[0], device={call.one()}.device)"
    return f"{call.one()}[{rows}, (~{call.one('mask')}).cumsum(dim=1).argmax(dim=1)]"


def _last_run(call: RunCall) -> Any:
    steps, mask = call.one(), call.one("mask")
    if mask is None:
        return steps[:, -1]
    rows = call.torch.arange(steps.shape[0], device=steps.device)
    return steps[rows, (~mask).cumsum(dim=1).argmax(dim=1)]


def _mean_code(call: CodeCall) -> str:
    steps, mask = call.one(), call.one("mask")
    total = f"{steps}.masked_fill({mask}.unsqueeze(-1), 0.0).sum(dim=1)"
    return f"{total} / (~{mask}).sum(dim=1, keepdim=True).clamp(min=1)"


def _mean_run(call: RunCall) -> Any:
    mask = call.one("mask")
    total = call.one().masked_fill(mask.unsqueeze(-1), 0.0).sum(dim=1)
    return total / (~mask).sum(dim=1, keepdim=True).clamp(min=1)


LAYERS = (
    operation(
        "Positions",
        family="embed",
        icon="number",
        label=Text("Positions", "位置编号"),
        summary=Text(
            "Numbers the steps of a sequence from 0 on, for an embedding of positions.",
            "从 0 起给序列的每一步编号，供位置嵌入使用。",
        ),
        formula=r"y_{b,t} = t, \quad t = 0, \dots, T - 1",
        inputs=(Port("input", ranks=SEQUENCE_RANKS),),
        code=lambda call: (
            f"torch.arange({call.one()}.shape[1], device={call.one()}.device).expand({call.one()}.shape[0], -1)"
        ),
        run=lambda call: call.torch.arange(call.one().shape[1], device=call.one().device).expand(
            call.one().shape[0], -1
        ),
        example=Example(inputs={"input": STEPS}),
    ),
    operation(
        "PaddingMask",
        family="attn",
        icon="filter",
        label=Text("Padding mask", "填充掩码"),
        summary=Text(
            "Says of each step whether it is only padding, so that attention and means pass over it.",
            "标出哪些步只是填充，让注意力和平均跳过它们。",
        ),
        formula=r"m_{b,t} = [x_{b,t} = \text{padding\_idx}]",
        params=(
            own_param(
                "padding_idx",
                "int",
                0,
                minimum=0,
                important=True,
                summary=Text("The index that stands for padding.", "代表填充的索引。"),
            ),
        ),
        inputs=(tensor("tokens", ranks=(2,), dtypes=WHOLE),),
        outputs=(Port("mask"),),
        telling=("padding_idx",),
        code=lambda call: f"{call.one('tokens')} == {call.params['padding_idx']}",
        run=lambda call: call.one("tokens") == call.params["padding_idx"],
        example=Example(inputs={"tokens": (((6,), "int64"),)}, tries={"padding_idx": (1, 2)}),
    ),
    operation(
        "LastStep",
        family="recur",
        icon="list",
        label=Text("Last step", "最后一步"),
        summary=Text(
            "The last step of each sequence; with a mask, the last that is no padding.",
            "每个序列的最后一步；有掩码时取最后一个非填充的步。",
        ),
        formula=r"y_b = x_{b,\, \max\{t \,:\, \neg m_{b,t}\}}",
        inputs=(Port("input", ranks=SEQUENCE_RANKS), mask_port()),
        code=_last_code,
        run=_last_run,
        wrong=mask_fault,
        example=Example(inputs={"input": STEPS}, optional={"mask": MASK}),
    ),
    operation(
        "MaskedMean",
        family="recur",
        icon="mean",
        label=Text("Masked mean", "掩码平均"),
        summary=Text("The mean over the steps of a sequence that are no padding.", "对序列中非填充的步求平均。"),
        formula=r"y_b = \frac{\sum_t (1 - m_{b,t})\, x_{b,t}}{\max(1, \sum_t (1 - m_{b,t}))}",
        inputs=(tensor(ranks=(3,)), mask_port(optional=False)),
        code=_mean_code,
        run=_mean_run,
        wrong=mask_fault,
        example=Example(inputs={"input": STEPS, "mask": MASK}),
    ),
)
