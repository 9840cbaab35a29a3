"""Operations of ONNX without weights, said in operations of the catalogue; those that only move axes make no node."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from math import isclose, prod
from typing import Any, Final

import numpy as np

from trainer.graph.importing.align import aligned
from trainer.graph.importing.draft import Wire
from trainer.graph.importing.onnx_walk import Op, Value, Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, plain, view_of, whole
from trainer.layers.registry import CATALOGUE

Params = Mapping[str, Any]
# What is done to each number alone, by the layer that does it, with its parameters from the attributes.
PLACE_BY_PLACE: Final[Mapping[str, tuple[str, Callable[[Op], Params]]]] = {
    "Relu": ("ReLU", lambda op: {}),
    "Sigmoid": ("Sigmoid", lambda op: {}),
    "Tanh": ("Tanh", lambda op: {}),
    "Softplus": ("Softplus", lambda op: {}),
    "Softsign": ("Softsign", lambda op: {}),
    "Mish": ("Mish", lambda op: {}),
    "HardSwish": ("Hardswish", lambda op: {}),
    "LeakyRelu": ("LeakyReLU", lambda op: {"negative_slope": _short(op.get("alpha", 0.01))}),
    "Elu": ("ELU", lambda op: {"alpha": _short(op.get("alpha", 1.0))}),
    "Celu": ("CELU", lambda op: {"alpha": _short(op.get("alpha", 1.0))}),
    "ThresholdedRelu": ("Threshold", lambda op: {"threshold": _short(op.get("alpha", 1.0)), "value": 0.0}),
    "Gelu": ("GELU", lambda op: {"approximate": op.get("approximate", "none")}),
    "Dropout": ("Dropout", lambda op: {"p": _dropped(op)}),
}
REDUCTIONS: Final = {
    "ReduceMean": "Mean",
    "ReduceSum": "Sum",
    "ReduceMax": "Max",
    "ReduceMin": "Min",
    "ReduceL2": "Norm",
}
DTYPES: Final = {1: "float32", 10: "float32", 11: "float32", 16: "float32", 6: "int64", 7: "int64", 9: "bool"}
NO_CHANGE: Final = {("Add", 0.0), ("Sub", 0.0), ("Mul", 1.0), ("Div", 1.0)}


def _short(value: float) -> float:
    """A float32 as a person would write it: 0.01, not 0.009999999776."""
    return float(f"{value:.7g}")


def _dropped(op: Op) -> float:
    ratio = op.constant(1)
    return _short(float(ratio.reshape(-1)[0])) if ratio is not None else _short(op.get("ratio", 0.5))


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
    line = walk.draft.add("ScaleShift", view.wire, {"scale": _short(slope), "shift": _short(shift)})
    return [view.moved(walk.draft.add("Hardtanh", line, {"min_val": 0.0, "max_val": 1.0}))]


@handles("Identity")
def identity(walk: Walk, op: Op) -> Sequence[Value]:
    return [op.inputs[0]]


@handles("Clip")
def clip(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    low, high = (op.constant(place) if len(op.inputs) > place else None for place in (1, 2))
    least = _short(float(low.reshape(-1)[0])) if low is not None else op.get("min")
    most = _short(float(high.reshape(-1)[0])) if high is not None else op.get("max")
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


@handles("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum")
def arithmetic(walk: Walk, op: Op) -> Sequence[Value]:
    inputs = [value for value in op.inputs if value is not None]
    if len(inputs) == 1:
        return [inputs[0]]
    if len(inputs) == 2 and op.op in ("Add", "Sub", "Mul", "Div") and (found := _with_number(walk, op)) is not None:
        return [found]
    wires, frame = aligned(walk, inputs)
    name = {"Max": "Maximum", "Min": "Minimum", "Sum": "Add"}.get(op.op, op.op)
    ports = {"input": wires[:1], "other": wires[1:]} if op.op in ("Sub", "Div") else {"inputs": wires}
    wire = walk.draft.add(name, ports)
    return [frame.seen(wire, walk.draft.spec(wire).shape)]


def _with_number(walk: Walk, op: Op) -> View | None:
    """A tensor and one constant number."""
    one, other = op.inputs[0], op.inputs[1]
    tensor, constant = (one, other) if isinstance(one, View) else (other, one)
    if not isinstance(tensor, View) or not isinstance(constant, np.ndarray) or constant.size != 1:
        return None
    if constant.ndim > tensor.rank or constant.dtype.kind != "f" or walk.draft.spec(tensor.wire).dtype != "float32":
        return None
    number, first = float(constant.reshape(-1)[0]), tensor is one
    if (first and (op.op, number) in NO_CHANGE) or (op.op, number) in {("Add", 0.0), ("Mul", 1.0)}:
        return tensor
    if "ScaleShift" not in CATALOGUE or not np.isfinite(number) or (op.op == "Div" and not first):
        return None
    scale, shift = {
        "Add": (1.0, number),
        "Sub": (1.0, -number) if first else (-1.0, number),
        "Mul": (number, 0.0),
        "Div": (1.0 / number if number else 1.0, 0.0),
    }[op.op]
    if op.op == "Div" and not number:
        raise Unfit("it divides by zero")
    return tensor.moved(walk.draft.add("ScaleShift", tensor.wire, {"scale": scale, "shift": shift}))


@handles("Neg")
def negative(walk: Walk, op: Op) -> Sequence[Value]:
    return [op.view().moved(walk.draft.add("ScaleShift", op.view().wire, {"scale": -1.0}))]


@handles("Abs")
def absolute(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    opposite = walk.draft.add("ScaleShift", view.wire, {"scale": -1.0})
    return [view.moved(walk.draft.add("Maximum", {"inputs": [view.wire, opposite]}))]


@handles("Exp")
def exponential(walk: Walk, op: Op) -> Sequence[Value]:
    """sigmoid(x) / sigmoid(-x) is the exponential of x."""
    view = op.view()
    opposite = walk.draft.add("ScaleShift", view.wire, {"scale": -1.0})
    parts = {"input": [walk.draft.add("Sigmoid", view.wire)], "other": [walk.draft.add("Sigmoid", opposite)]}
    return [view.moved(walk.draft.add("Div", parts))]


@handles("Not")
def negated(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    number = walk.draft.add("Cast", view.wire, {"dtype": "float32"})
    opposite = walk.draft.add("ScaleShift", number, {"scale": -1.0, "shift": 1.0})
    return [view.moved(walk.draft.add("Cast", opposite, {"dtype": "bool"}))]


@handles("Pow")
def power(walk: Walk, op: Op) -> Sequence[Value]:
    view, exponent = op.view(), op.needed(1)
    if exponent.size != 1 or float(exponent.reshape(-1)[0]) != 2.0:
        raise Unfit("its exponent is not 2")
    return [view.moved(walk.draft.add("Mul", {"inputs": [view.wire, view.wire]}))]


@handles("Where")
def where(walk: Walk, op: Op) -> Sequence[Value]:
    condition, one, other = op.inputs[:3]
    if isinstance(condition, np.ndarray) and isinstance(one, View) and isinstance(other, np.ndarray):
        return [_masked(walk, one, condition, other)]
    if isinstance(condition, np.ndarray) and isinstance(other, View) and isinstance(one, np.ndarray):
        return [_masked(walk, other, ~condition, one)]
    wires, frame = aligned(walk, [condition, one, other])
    ports = {"condition": wires[:1], "input": wires[1:2], "other": wires[2:]}
    wire = walk.draft.add("Where", ports)
    return [frame.seen(wire, walk.draft.spec(wire).shape)]


def _masked(walk: Walk, view: View, keep: Any, other: Any) -> View:
    """A tensor with very negative numbers where a fixed mask says so: the mask is added."""
    if other.size != 1 or float(other.reshape(-1)[0]) > -1e4:
        raise Unfit("it chooses by a constant")
    mask = np.where(keep, np.float32(0), np.float32(other.reshape(-1)[0]))
    wires, frame = aligned(walk, [view, mask])
    wire = walk.draft.add("Add", {"inputs": wires})
    return frame.seen(wire, walk.draft.spec(wire).shape)


@handles(*REDUCTIONS)
def reduction(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    given = op.constant(1) if len(op.inputs) > 1 else op.get("axes")
    if given is None and op.get("noop_with_empty_axes", 0):
        return [view]
    axes = {view.axis(int(axis)) for axis in given} if given is not None else set(range(view.rank))
    laid = lay(walk.draft, view)
    gone = sorted(laid.dim(axis) for axis in axes)
    keep = bool(op.get("keepdims", 1))
    params: dict[str, Any] = {"dim": gone if len(gone) > 1 else gone[0], "keepdim": keep}
    wire = walk.draft.add(REDUCTIONS[op.op], laid.wire, params)
    if keep:
        return [laid.seen(wire, [1 if dim in gone else size for dim, size in enumerate(laid.sizes)])]
    left = [dim for dim in range(len(laid.sizes)) if dim not in gone]
    numbers = {dim: number for number, dim in enumerate(left)}
    kept = [tuple(numbers[dim] for dim in dims) for axis, dims in enumerate(laid.dims) if axis not in axes]
    return [view_of(wire, [laid.sizes[dim] for dim in left], kept)]


@handles("ArgMax")
def arg_max(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    axis = view.axis(op.get("axis", 0))
    laid = lay(walk.draft, view)
    wire = walk.draft.add("ArgMax", laid.wire, {"dim": laid.dim(axis)})
    return [_without(view, laid, wire, axis, keep=bool(op.get("keepdims", 1)))]


def _without(view: View, laid: Any, wire: Wire, axis: int, *, keep: bool) -> View:
    """What is left when one axis has gone, or has size 1 where it is kept."""
    dim = laid.dim(axis)
    left = [number for number in range(len(laid.sizes)) if number != dim]
    numbers = {number: place for place, number in enumerate(left)}
    dims = [
        tuple(numbers[number] for number in group if number in numbers)
        for place, group in enumerate(laid.dims)
        if place != axis or keep
    ]
    return view_of(wire, [laid.sizes[number] for number in left], dims)


def selected(walk: Walk, view: View, axis: int, index: int, *, keep: bool = False) -> View:
    """One entry of an axis."""
    if not view.axes[axis]:
        return view if keep else view.squeezed([axis])
    laid = lay(walk.draft, view)
    wire = walk.draft.add("Select", laid.wire, {"dim": laid.dim(axis), "index": index})
    return _without(view, laid, wire, axis, keep=keep)


def sliced(walk: Walk, view: View, axis: int, start: int, end: int, step: int) -> View:
    """Some entries of an axis; all of them is no change, and one is a choice."""
    size = view.shape[axis]
    count = len(range(start, end, step))
    if count == size:
        return view
    if count == 1:
        return selected(walk, view, axis, start, keep=True)
    if count < 1 or step < 1:
        raise Unfit("it takes nothing, or backwards")
    laid = lay(walk.draft, view)
    dim = laid.dim(axis)
    wire = walk.draft.add("Slice", laid.wire, {"dim": dim, "start": start, "end": end, "step": step})
    return laid.seen(wire, (*laid.sizes[:dim], count, *laid.sizes[dim + 1 :]))


@handles("Slice")
def slice_(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    if len(op.inputs) > 1:
        starts, ends = op.ints(1), op.ints(2)
        axes = op.ints(3) if op.constant(3) is not None else list(range(len(starts)))
        steps = op.ints(4) if op.constant(4) is not None else [1] * len(starts)
    else:
        starts, ends = op.get("starts"), op.get("ends")
        axes, steps = op.get("axes", list(range(len(starts)))), [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place = view.axis(axis)
        if step < 1:
            raise Unfit("it goes backwards")
        begin, stop, _ = slice(start, end, step).indices(view.shape[place])
        view = sliced(walk, view, place, begin, stop, step)
    return [view]


@handles("Split")
def split(walk: Walk, op: Op) -> Sequence[Value]:
    view, count = op.view(), len(op.output_names)
    axis = view.axis(op.get("axis", 0))
    size = view.shape[axis]
    given = op.constant(1) if len(op.inputs) > 1 else op.get("split")
    share = -(-size // count)
    sizes = [int(part) for part in given] if given is not None else [share] * (count - 1) + [size - share * (count - 1)]
    laid = lay(walk.draft, view)
    dim = laid.dim(axis)
    wire = walk.draft.add("Split", laid.wire, {"sizes": sizes, "dim": dim})
    return [
        laid.seen(Wire(wire.node, f"output_{number}"), (*laid.sizes[:dim], part, *laid.sizes[dim + 1 :]))
        for number, part in enumerate(sizes)
    ]


@handles("Concat")
def concat(walk: Walk, op: Op) -> Sequence[Value]:
    like = next((value for value in op.inputs if isinstance(value, View)), None)
    if like is None:
        raise Unfit("its inputs are not known")
    axis = like.axis(op.get("axis", 0))
    views = [_stretched(walk, value, like) if not isinstance(value, View) else value for value in op.inputs]
    laids = [lay(walk.draft, view) for view in views]
    first = laids[0]
    dim = first.dim(axis)
    if any(laid.dims != first.dims for laid in laids):
        raise Unfit("its inputs have their batch in different places")
    if len(laids) == 1:
        return [views[0]]
    wire = walk.draft.add("Concat", {"inputs": [laid.wire for laid in laids]}, {"dim": dim})
    total = sum(laid.sizes[dim] for laid in laids)
    return [first.seen(wire, (*first.sizes[:dim], total, *first.sizes[dim + 1 :]))]


def _stretched(walk: Walk, value: Value, like: View) -> View:
    """A constant that goes beside tensors: its own batch axis must say that it is the same for each sample."""
    if not isinstance(value, np.ndarray) or value.ndim != like.rank or value.shape[like.batch_axis] != BATCH:
        raise Unfit("a constant goes beside its tensors")
    return walk.as_view(value, like)


@handles("Transpose")
def transpose(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    return [view.transposed(op.get("perm", list(reversed(range(view.rank)))))]


@handles("Squeeze")
def squeeze(walk: Walk, op: Op) -> Sequence[Value]:
    given = op.constant(1) if len(op.inputs) > 1 else op.get("axes")
    return [op.view().squeezed([int(axis) for axis in given] if given is not None else None)]


@handles("Unsqueeze")
def unsqueeze(walk: Walk, op: Op) -> Sequence[Value]:
    return [op.view().unsqueezed(op.ints(1) if len(op.inputs) > 1 else op.get("axes"))]


@handles("Flatten")
def flatten(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    axis = op.get("axis", 1) % (view.rank + 1)
    return [reshaped(walk, view, [prod(view.shape[:axis]), prod(view.shape[axis:])])]


@handles("Reshape")
def reshape(walk: Walk, op: Op) -> Sequence[Value]:
    view, sizes = op.view(), op.ints(1) if len(op.inputs) > 1 else op.get("shape")
    if not op.get("allowzero", 0):
        sizes = [view.shape[place] if size == 0 and place < view.rank else size for place, size in enumerate(sizes)]
    total = prod(view.shape)
    if walk.static_batch and total % abs(prod(sizes)) == 0 and not any(size % BATCH == 0 for size in sizes if size > 0):
        wanted = next((place for place, size in enumerate(sizes) if size == walk.static_batch), None)
        rest = prod(size for place, size in enumerate(sizes) if place != wanted and size > 0)
        if wanted is not None and (total // BATCH) % rest == 0:
            sizes = [BATCH if place == wanted else size for place, size in enumerate(sizes)]
    if -1 in sizes:
        known = prod(size for size in sizes if size != -1)
        if sizes.count(-1) > 1 or known < 1 or total % known:
            raise Unfit(f"{list(view.shape)} does not make {sizes}")
        sizes = [total // known if size == -1 else size for size in sizes]
    return [reshaped(walk, view, sizes)]


def reshaped(walk: Walk, view: View, sizes: Sequence[int]) -> View:
    found = view.reshaped(sizes)
    if found is not None:
        return found
    if sizes[0] != BATCH:
        raise Unfit("it cuts across its batch")
    wire = plain(walk.draft, view)
    return whole(walk.draft, walk.draft.add("Reshape", wire, {"shape": list(sizes[1:])}))


@handles("Expand")
def expand(walk: Walk, op: Op) -> Sequence[Value]:
    view, sizes = op.view(), op.ints(1)
    view = view.unsqueezed(range(max(0, len(sizes) - view.rank)))
    sizes = [1] * (view.rank - len(sizes)) + sizes
    if walk.static_batch:
        sizes[view.batch_axis] = BATCH
    wanted = [size if size != 1 else own for size, own in zip(sizes, view.shape, strict=True)]
    if wanted == list(view.shape):
        return [view]
    laid = lay(walk.draft, view)
    new = list(laid.sizes)
    for axis, size in enumerate(wanted):
        if size != view.shape[axis]:
            new[laid.dim(axis)] = size
    wire = walk.draft.add("Expand", laid.wire, {"shape": new[1:]})
    return [laid.seen(wire, new)]


@handles("Gather")
def gather(walk: Walk, op: Op) -> Sequence[Value]:
    table = op.inputs[0]
    if isinstance(table, np.ndarray):
        if table.ndim != 2 or table.dtype.kind != "f" or op.get("axis", 0) != 0:
            raise Unfit("it looks up in something else than a table of vectors")
        laid = lay(walk.draft, op.view(1))
        params = {"num_embeddings": table.shape[0], "embedding_dim": table.shape[1]}
        key = ("Embedding", op.input_names[0])
        name = walk.name_of(op, 0)
        wire = walk.draft.add("Embedding", laid.wire, params, name=name, weights={"weight": table}, key=key)
        sizes = (*laid.sizes, table.shape[1])
        return [view_of(wire, sizes, [*laid.dims, (len(laid.sizes),)])]
    view, index = op.view(), op.needed(1)
    axis = view.axis(op.get("axis", 0))
    places = [int(place) % view.shape[axis] for place in index.reshape(-1)]
    if index.ndim > 1 or not places:
        raise Unfit("it gathers a table of places")
    if index.ndim == 0:
        return [selected(walk, view, axis, places[0])]
    steps = {after - before for before, after in itertools.pairwise(places)} or {1}
    if len(steps) != 1 or min(steps) < 1:
        raise Unfit("it gathers places out of order")
    return [sliced(walk, view, axis, places[0], places[-1] + 1, min(steps))]


@handles("GatherElements")
def gather_elements(walk: Walk, op: Op) -> Sequence[Value]:
    view, index = op.view(), op.view(1)
    laid, places = lay(walk.draft, view), lay(walk.draft, index)
    if laid.dims != places.dims:
        raise Unfit("its places have their batch elsewhere")
    ports = {"input": [laid.wire], "index": [places.wire]}
    wire = walk.draft.add("Gather", ports, {"dim": laid.dim(view.axis(op.get("axis", 0)))})
    return [places.seen(wire, places.sizes)]


@handles("Tile")
def tile(walk: Walk, op: Op) -> Sequence[Value]:
    view, times = op.view(), op.ints(1)
    laid = lay(walk.draft, view)
    repeats = [1] * len(laid.sizes)
    for axis, count in enumerate(times):
        if count != 1:
            repeats[laid.dim(axis)] = count
    wire = walk.draft.add("Repeat", laid.wire, {"repeats": repeats[1:]})
    return [laid.seen(wire, [size * count for size, count in zip(laid.sizes, repeats, strict=True)])]


@handles("Pad")
def pad_(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    pads = op.ints(1) if len(op.inputs) > 1 else op.get("pads")
    axes = op.ints(3) if len(op.inputs) > 3 and op.inputs[3] is not None else list(range(view.rank))
    fill = op.constant(2) if len(op.inputs) > 2 else None
    value = float(fill.reshape(-1)[0]) if fill is not None else op.get("value", 0.0)
    laid = lay(walk.draft, view)
    sides = [[0, 0] for _ in laid.sizes]
    for axis, before, behind in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        if before or behind:
            sides[laid.dim(view.axis(axis))] = [before, behind]
    first = next((dim for dim, pair in enumerate(sides) if any(pair)), None)
    if first is None:
        return [view]
    flat = [side for pair in reversed(sides[first:]) for side in pair]
    mode = {"edge": "replicate", "wrap": "circular"}.get(op.get("mode", "constant"), op.get("mode", "constant"))
    params = {"pad": flat, "mode": mode} | ({"value": _short(value)} if mode == "constant" else {})
    wire = walk.draft.add("Pad", laid.wire, params)
    return [laid.seen(wire, [size + sum(pair) for size, pair in zip(laid.sizes, sides, strict=True)])]


@handles("Resize", "Upsample")
def resize(walk: Walk, op: Op) -> Sequence[Value]:
    wire = plain(walk.draft, op.view())
    shape = walk.draft.spec(wire).shape
    if op.op == "Resize" and len(op.inputs) > 3 and op.inputs[3] is not None:
        sizes = op.ints(3)[2:]
    else:
        scales = op.needed(2 if op.op == "Resize" else 1)
        sizes = [int(size * scale + 1e-6) for size, scale in zip(shape[1:], scales.reshape(-1)[2:], strict=True)]
    way, rule = op.get("mode", "nearest"), op.get("coordinate_transformation_mode", "half_pixel")
    if op.op == "Upsample":
        rule = "asymmetric"
    nearest = op.get("nearest_mode", "round_prefer_floor") == "floor" or op.op == "Upsample"
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(sizes), "")
    if way == "nearest" and rule == "asymmetric" and nearest:
        params: dict[str, Any] = {"size": sizes, "mode": "nearest"}
    elif way == "linear" and rule in ("half_pixel", "pytorch_half_pixel"):
        params = {"size": sizes, "mode": linear}
    elif way == "linear" and rule == "align_corners":
        params = {"size": sizes, "mode": linear, "align_corners": True}
        return [whole(walk.draft, walk.draft.add("Upsample", wire, params))]
    else:
        raise Unfit(f"it stretches in the way {way}, {rule}")
    return [whole(walk.draft, walk.draft.add("Interpolate", wire, params))]


@handles("DepthToSpace")
def depth_to_space(walk: Walk, op: Op) -> Sequence[Value]:
    if op.get("mode", "DCR") != "CRD":
        raise Unfit("it takes its channels in another order than PixelShuffle")
    wire = plain(walk.draft, op.view())
    return [whole(walk.draft, walk.draft.add("PixelShuffle", wire, {"upscale_factor": op.get("blocksize")}))]


@handles("Equal")
def equal(walk: Walk, op: Op) -> Sequence[Value]:
    """Which words are padding; nothing else is compared in a graph."""
    view, index = op.view(), op.needed(1)
    if index.size != 1 or index.dtype.kind != "i":
        raise Unfit("it compares")
    return [
        view.moved(walk.draft.add("PaddingMask", {"tokens": [view.wire]}, {"padding_idx": int(index.reshape(-1)[0])}))
    ]
