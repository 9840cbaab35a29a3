"""Operations of ONNX on each number by itself, or along one axis, said in layers of the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from math import isclose
from typing import Any, Final

from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import lay, plain, whole

Params = Mapping[str, Any]
# What is done to each number alone, by the layer that does it, with its parameters from the attributes.
PLACE_BY_PLACE: Final[Mapping[str, tuple[str, Callable[[Op], Params]]]] = {
    "Relu": ("ReLU", lambda op: {}),
    "Sigmoid": ("Sigmoid", lambda op: {}),
    "Tanh": ("Tanh", lambda op: {}),
    "Abs": ("Abs", lambda op: {}),
    "Exp": ("Exp", lambda op: {}),
    "Log": ("Log", lambda op: {}),
    "Sqrt": ("Pow", lambda op: {"exponent": 0.5}),
    "Reciprocal": ("Pow", lambda op: {"exponent": -1.0}),
    "Sin": ("Sin", lambda op: {}),
    "Cos": ("Cos", lambda op: {}),
    "Softplus": ("Softplus", lambda op: {}),
    "Softsign": ("Softsign", lambda op: {}),
    "Mish": ("Mish", lambda op: {}),
    "HardSwish": ("Hardswish", lambda op: {}),
    "LeakyRelu": ("LeakyReLU", lambda op: {"negative_slope": short(op.get("alpha", 0.01))}),
    "Elu": ("ELU", lambda op: {"alpha": short(op.get("alpha", 1.0))}),
    "Celu": ("CELU", lambda op: {"alpha": short(op.get("alpha", 1.0))}),
    "ThresholdedRelu": ("Threshold", lambda op: {"threshold": short(op.get("alpha", 1.0)), "value": 0.0}),
    "Gelu": ("GELU", lambda op: {"approximate": op.get("approximate", "none")}),
    "Dropout": ("Dropout", lambda op: {"p": _dropped(op)}),
}
DTYPES: Final = {1: "float32", 10: "float32", 11: "float32", 16: "float32", 6: "int64", 7: "int64", 9: "bool"}


def short(value: float) -> float:
    """A float32 as a person would write it: 0.01, not 0.009999999776."""
    return float(f"{value:.7g}")


def _dropped(op: Op) -> float:
    ratio = op.constant(1)
    return short(float(ratio.reshape(-1)[0])) if ratio is not None else short(op.get("ratio", 0.5))


@handles(*PLACE_BY_PLACE)
def place_by_place(walk: Walk, op: Op) -> Sequence[Value]:
    if any(op.output_names[1:]):
        raise Unfit("it gives a second tensor")
    layer, params = PLACE_BY_PLACE[op.op]
    view = op.view()
    return [view.moved(walk.draft.add(layer, view.wire, params(op)))]


@handles("Selu")
def selu(walk: Walk, op: Op) -> Sequence[Value]:
    alpha, gamma = op.get("alpha", 1.6732632), op.get("gamma", 1.0507010)
    if not (isclose(alpha, 1.6732632, rel_tol=1e-5) and isclose(gamma, 1.0507010, rel_tol=1e-5)):
        raise Unfit("its constants are not those of SELU")
    return [op.view().moved(walk.draft.add("SELU", op.view().wire))]


@handles("HardSigmoid")
def hard_sigmoid(walk: Walk, op: Op) -> Sequence[Value]:
    view, slope, shift = op.view(), op.get("alpha", 0.2), op.get("beta", 0.5)
    if isclose(slope, 1 / 6, rel_tol=1e-5) and shift == 0.5:
        return [view.moved(walk.draft.add("Hardsigmoid", view.wire))]
    line = walk.draft.add("ScaleShift", view.wire, {"scale": short(slope), "shift": short(shift)})
    return [view.moved(walk.draft.add("Hardtanh", line, {"min_val": 0.0, "max_val": 1.0}))]


@handles("Identity")
def identity(walk: Walk, op: Op) -> Sequence[Value]:
    return [op.inputs[0]]


@handles("Clip")
def clip(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    low, high = (op.constant(place) if len(op.inputs) > place else None for place in (1, 2))
    least = short(float(low.reshape(-1)[0])) if low is not None else op.get("min")
    most = short(float(high.reshape(-1)[0])) if high is not None else op.get("max")
    if (least, most) == (0.0, 6.0):
        return [view.moved(walk.draft.add("ReLU6", view.wire))]
    if least == 0.0 and most is None:
        return [view.moved(walk.draft.add("ReLU", view.wire))]
    if walk.draft.spec(view.wire).dtype == "int64":
        view = view.moved(walk.draft.add("Cast", view.wire, {"dtype": "float32"}))
    limits = {name: value for name, value in (("min", least), ("max", most)) if value is not None}
    return [view.moved(walk.draft.add("Clamp", view.wire, limits))]


@handles("Cast")
def cast(walk: Walk, op: Op) -> Sequence[Value]:
    view, wanted = op.view(), DTYPES.get(op.get("to"))
    if wanted is None:
        raise Unfit("it makes numbers of a kind that is not known here")
    if walk.draft.spec(view.wire).dtype == wanted:
        return [view]
    return [view.moved(walk.draft.add("Cast", view.wire, {"dtype": wanted}))]


@handles("Softmax", "LogSoftmax")
def softmax(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    axis = view.axis(op.get("axis", -1 if op.opset >= 13 else 1))
    if op.opset < 13 and axis != view.rank - 1:
        raise Unfit("it goes over several axes at once")
    laid = lay(walk.draft, view)
    return [laid.seen(walk.draft.add(op.op, laid.wire, {"dim": laid.dim(axis)}), laid.sizes)]


@handles("PRelu")
def prelu(walk: Walk, op: Op) -> Sequence[Value]:
    view, slope = op.view(), op.needed(1)
    wire = plain(walk.draft, view)
    axes = (1,) * (view.rank - slope.ndim) + slope.shape
    if slope.size not in (1, view.shape[1]) or (slope.size > 1 and axes[1] != slope.size):
        raise Unfit("its slopes are not one a channel")
    params = {"num_parameters": slope.size}
    weights = {"weight": slope.reshape(-1)}
    return [whole(walk.draft, walk.draft.add("PReLU", wire, params, name=walk.name_of(op), weights=weights))]


@handles("Neg")
def negative(walk: Walk, op: Op) -> Sequence[Value]:
    return [op.view().moved(walk.draft.add("ScaleShift", op.view().wire, {"scale": -1.0}))]


@handles("Pow")
def power(walk: Walk, op: Op) -> Sequence[Value]:
    view, exponent = op.view(), op.needed(1)
    if exponent.size != 1:
        raise Unfit("its exponents differ from place to place")
    times = float(exponent.reshape(-1)[0])
    if times in (2.0, 3.0, 4.0):
        return [view.moved(walk.draft.add("Mul", {"inputs": [view.wire] * int(times)}))]
    return [view.moved(walk.draft.add("Pow", view.wire, {"exponent": short(times)}))]


@handles("Shrink")
def shrink(walk: Walk, op: Op) -> Sequence[Value]:
    view, limit, bias = op.view(), op.get("lambd", 0.5), op.get("bias", 0.0)
    if bias not in (0.0, limit):
        raise Unfit("it takes another number away than its limit")
    kind = "Softshrink" if bias else "Hardshrink"
    return [view.moved(walk.draft.add(kind, view.wire, {"lambd": short(limit)}))]
