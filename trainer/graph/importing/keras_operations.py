"""Operations that a functional model of Keras 3 calls on its tensors (`keras.ops`), said in layers of the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

from trainer.graph.importing.draft import Wire
from trainer.graph.importing.keras_settings import is_size
from trainer.graph.importing.keras_shapes import joined, together
from trainer.graph.importing.keras_walk import Op, Value, handles, seen_in
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, view_of, whole

EACH: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "Relu": ("ReLU", {}),
    "Relu6": ("ReLU6", {}),
    "Sigmoid": ("Sigmoid", {}),
    "HardSigmoid": ("Hardsigmoid", {}),
    "LogSigmoid": ("LogSigmoid", {}),
    "Silu": ("SiLU", {}),
    "HardSilu": ("Hardswish", {}),
    "Mish": ("Mish", {}),
    "Selu": ("SELU", {}),
    "Softplus": ("Softplus", {}),
    "Softsign": ("Softsign", {}),
    "Tanh": ("Tanh", {}),
    "Exp": ("Exp", {}),
    "Log": ("Log", {}),
    "Sin": ("Sin", {}),
    "Cos": ("Cos", {}),
    "Abs": ("Abs", {}),
    "Absolute": ("Abs", {}),
    "Negative": ("ScaleShift", {"scale": -1.0}),
    "Square": ("Pow", {"exponent": 2.0}),
    "Sqrt": ("Pow", {"exponent": 0.5}),
    "Rsqrt": ("Pow", {"exponent": -0.5}),
    "Reciprocal": ("Pow", {"exponent": -1.0}),
    "Identity": ("Identity", {}),
}
# With what each takes from the settings.
SET: Final[Mapping[str, tuple[str, Callable[[Op], Mapping[str, Any]]]]] = {
    "Gelu": ("GELU", lambda op: {"approximate": "tanh" if op.settings.flag("approximate", True) else "none"}),
    "LeakyRelu": ("LeakyReLU", lambda op: {"negative_slope": op.settings.number("negative_slope", 0.2)}),
    "Elu": ("ELU", lambda op: {"alpha": op.settings.number("alpha", 1.0)}),
    "Celu": ("CELU", lambda op: {"alpha": op.settings.number("alpha", 1.0)}),
    "Clip": ("Clamp", lambda op: {"min": op.settings.number("x_min"), "max": op.settings.number("x_max")}),
}
REDUCED: Final = {"Mean": "Mean", "Sum": "Sum", "Max": "Max", "Min": "Min", "Amax": "Max", "Amin": "Min"}
LARGER: Final = {"Maximum": "Maximum", "Minimum": "Minimum"}


def _named(names: Mapping[str, Any]) -> list[str]:
    return [f"ops.{name}" for name in names]


@handles(*_named(EACH))
def each(op: Op) -> Value:
    layer_type, params = EACH[op.layer.kind]
    return op.same(layer_type, params)


@handles(*_named(SET))
def each_as_set(op: Op) -> Value:
    layer_type, params = SET[op.layer.kind]
    return op.same(layer_type, params(op))


@handles("ops.Power")
def power(op: Op) -> Value:
    exponent: Any = op.call.args[1] if len(op.call.args) == 2 else op.call.settings.get("x2")
    if type(exponent) not in (int, float) or abs(exponent) > 1e6:
        raise Unfit("its exponent is no number")
    view = op.view()
    return view.moved(op.add("Pow", view.wire, {"exponent": float(exponent)}))


@handles("ops.Softmax", "ops.LogSoftmax")
def softmax(op: Op) -> Value:
    laid, order = op.as_it_lies(op.view())
    dim = order.index(op.settings.axis("axis", len(order)))
    return seen_in(op.draft, op.add(op.layer.kind, laid.wire, {"dim": dim}), order)


@handles(*_named(REDUCED))
def reduced(op: Op) -> Value:
    if op.settings.get("axis") is None:
        raise Unfit("it goes over the batch too")
    return _along(op, REDUCED[op.layer.kind], op.settings.axes("axis", op.view().rank))


@handles("ops.Norm")
def length(op: Op) -> Value:
    if op.settings.get("ord") not in (None, 2):
        raise Unfit("it measures in another way than by squares")
    if op.settings.get("axis") is None:
        raise Unfit("it goes over the batch too")
    return _along(op, "Norm", [op.settings.axis("axis", op.view().rank)])


def _along(op: Op, layer_type: str, axes: Sequence[int]) -> View:
    """The numbers along axes as one, which stay with size 1 or go."""
    laid, order = op.as_it_lies(op.view())
    dims = sorted(order.index(axis) for axis in axes)
    keep = op.settings.flag("keepdims", False)
    wire = op.add(layer_type, laid.wire, {"dim": dims if len(dims) > 1 else dims[0], "keepdim": keep})
    if keep:
        return seen_in(op.draft, wire, order)
    left = [axis for axis in order if axis not in axes]
    return seen_in(op.draft, wire, [sorted(left).index(axis) for axis in left])


@handles(*_named(LARGER))
def larger(op: Op) -> Value:
    wires, order = together(op, op.views())
    if len(wires) != 2:
        raise Unfit("it compares with a number")
    return joined(op, LARGER[op.layer.kind], {"inputs": wires}, order)


@handles("ops.Concatenate")
def concatenate(op: Op) -> Value:
    wires, order = together(op, op.views())
    return joined(op, "Concat", {"inputs": wires}, order, {"dim": order.index(op.settings.axis("axis", len(order)))})


@handles("ops.Stack")
def stack(op: Op) -> Value:
    views = op.views()
    axis = op.settings.axis("axis", views[0].rank + 1, 0)
    wires = [lay(op.draft, view).wire for view in views]
    return whole(op.draft, op.add("Stack", {"inputs": wires}, {"dim": axis}))


@handles("ops.Matmul")
def product(op: Op) -> Value:
    views = op.views()
    if len(views) != 2 or views[0].rank != views[1].rank or views[0].rank < 3:
        raise Unfit("it multiplies other than as many matrices as there are samples")
    left, right = (lay(op.draft, view).wire for view in views)
    return whole(op.draft, op.add("MatMul", {"input": [left], "other": [right]}))


@handles("ops.Transpose")
def transpose(op: Op) -> Value:
    axes = op.settings.get("axes")
    if not isinstance(axes, list) or not axes or axes[0] != 0 or not all(is_size(axis, 0) for axis in axes):
        raise Unfit("it moves the batch, or says no axes")
    return op.view().transposed(axes)


@handles("ops.Swapaxes")
def swap(op: Op) -> Value:
    view = op.view()
    one, other = op.settings.axis("axis1", view.rank), op.settings.axis("axis2", view.rank)
    order = list(range(view.rank))
    order[one], order[other] = other, one
    return view.transposed(order)


@handles("ops.Reshape")
def reshape(op: Op) -> Value:
    """The batch is written first: as -1, or left open where another size is -1."""
    view, wanted = op.view(), op.settings.get("newshape")
    if not isinstance(wanted, list) or not 1 < len(wanted) <= 8 or wanted[0] not in (-1, None):
        raise Unfit("its shape does not begin with the batch")
    sizes, count = wanted[1:], prod(view.shape[1:])
    known = prod(size for size in sizes if is_size(size))
    if wanted[0] is None and sizes.count(-1) == 1 and count % known == 0:
        sizes = [size if size != -1 else count // known for size in sizes]
    if not all(is_size(size) for size in sizes) or prod(sizes) != count:
        raise Unfit(f"{list(view.shape[1:])} does not make {sizes}")
    found = view.reshaped((BATCH, *sizes))
    if found is not None:
        return found
    return whole(op.draft, op.add("Reshape", lay(op.draft, view).wire, {"shape": sizes}))


@handles("ops.ExpandDims")
def expand(op: Op) -> Value:
    view = op.view()
    return view.unsqueezed(op.settings.axes("axis", view.rank + 1))


@handles("ops.Squeeze")
def squeeze(op: Op) -> Value:
    view = op.view()
    if op.settings.get("axis") is None:
        raise Unfit("it says no axis")
    return view.squeezed(op.settings.axes("axis", view.rank))


@handles("ops.Flip")
def flip(op: Op) -> Value:
    if op.settings.get("axis") is None:
        raise Unfit("it turns the batch around too")
    axis = op.settings.axis("axis", op.view().rank)
    laid, order = op.as_it_lies(op.view())
    backwards = list(range(op.view().shape[axis]))[::-1]
    wire = op.add("IndexSelect", laid.wire, {"dim": order.index(axis), "indices": backwards})
    return seen_in(op.draft, wire, order)


@handles("ops.GetItem")
def get_item(op: Op) -> Value:
    """`x[:, 0]`, `x[:, 1:3, ::2]`: a number takes one entry of an axis, a slice a stretch of it."""
    keys = op.call.args[1] if len(op.call.args) == 2 else op.call.settings.get("key")
    keys = keys if isinstance(keys, tuple) else (keys,)
    view = op.view()
    if not keys or len(keys) > view.rank or _stretch(keys[0], BATCH) != (0, BATCH, 1):
        raise Unfit("it takes part of the batch, or of no axis")
    wire = lay(op.draft, view).wire
    gone: list[int] = []
    for axis, key in enumerate(keys[1:], start=1):
        dim, size = axis - len(gone), view.shape[axis]
        if type(key) is int:
            if not -size <= key < size:
                raise Unfit("it takes an entry that is not there")
            wire = op.add("Select", wire, {"dim": dim, "index": key}, suffix=f"axis{axis}")
            gone.append(axis)
        elif (stretch := _stretch(key, size)) != (0, size, 1):
            start, end, step = stretch
            params = {"dim": dim, "start": start, "end": end, "step": step}
            wire = op.add("Slice", wire, params, suffix=f"axis{axis}")
    return view_of(wire, (BATCH, *op.draft.spec(wire).shape))


def _stretch(key: Any, size: int) -> tuple[int, int, int]:
    config = key.get("config") if isinstance(key, dict) and key.get("class_name") == "__slice__" else None
    parts = [config.get(name) for name in ("start", "stop", "step")] if isinstance(config, dict) else []
    if not parts or not all(part is None or (type(part) is int and abs(part) < 2**31) for part in parts):
        raise Unfit("it takes entries in another way than by numbers and stretches")
    start, end, step = slice(*parts).indices(size) if parts[2] != 0 else (0, 0, 1)
    if step < 1 or end <= start:
        raise Unfit("it takes nothing, or goes backwards")
    return start, end, step


@handles("ops.Split")
def split(op: Op) -> list[Value]:
    parts, axis = op.settings.get("indices_or_sections"), op.settings.axis("axis", op.view().rank, 0)
    laid, order = op.as_it_lies(op.view())
    size = op.view().shape[axis]
    if is_size(parts) and size % parts == 0:
        sizes = [size // parts] * parts
    elif isinstance(parts, list) and parts and all(is_size(place) for place in parts):
        ends = [*parts, size]
        sizes = [end - start for start, end in zip([0, *parts], ends, strict=True)]
    else:
        raise Unfit("its parts are no sizes")
    if any(part < 1 for part in sizes):
        raise Unfit("one of its parts is empty")
    wire = op.add("Split", laid.wire, {"sizes": sizes, "dim": order.index(axis)})
    return [seen_in(op.draft, Wire(wire.node, f"output_{number}"), order) for number in range(len(sizes))]
