"""Layers of Keras that change the shape and no number, and those that bring several tensors together."""

from collections.abc import Sequence
from math import prod
from typing import Any, Final

from trainer.graph.importing.draft import Wire
from trainer.graph.importing.keras_model import refs_in
from trainer.graph.importing.keras_settings import is_size
from trainer.graph.importing.keras_walk import Op, Value, handles, own_order, seen_in
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, whole

FUNCTIONS: Final = {
    "math.add": "Add",
    "__operators__.add": "Add",
    "math.multiply": "Multiply",
    "__operators__.mul": "Multiply",
    "math.subtract": "Subtract",
    "__operators__.sub": "Subtract",
    "math.divide": "Divide",
    "math.truediv": "Divide",
    "__operators__.truediv": "Divide",
}
JOINED: Final = {"Add": "Add", "Multiply": "Mul", "Maximum": "Maximum", "Minimum": "Minimum"}


@handles("Flatten")
def flatten(op: Op) -> Value:
    """The tensor is made flat as it lies; the view knows in which order Keras reads it."""
    view = op.view()
    if not op.channels_last() and view.rank > 2:
        view = view.transposed((0, *range(2, view.rank), 1))
    if view.rank < 3:
        return view
    order = tuple(atom for axis in view.axes[1:] for atom in axis)
    wire = view.wire
    if op.draft.spec(wire).shape != (prod(view.shape[1:]),):
        wire = op.add("Flatten", wire)
    if len(order) < 2 or order == tuple(sorted(order)):
        return whole(op.draft, wire)
    return View(wire, view.atoms, ((0,), order))


@handles("Reshape")
def reshape(op: Op) -> Value:
    view, target = op.view(), op.settings.get("target_shape")
    if not isinstance(target, list) or len(target) > 8 or not all(size == -1 or is_size(size) for size in target):
        raise Unfit("its target_shape is no shape")
    count, known = prod(view.shape[1:]), prod(size for size in target if size != -1)
    if target.count(-1) > 1 or (count % known if -1 in target else count != known):
        raise Unfit(f"{list(view.shape[1:])} does not make {target}")
    shape = [size if size != -1 else count // known for size in target]
    found = view.reshaped((BATCH, *shape))
    if found is not None:
        return found
    wire = lay(op.draft, view).wire
    return whole(op.draft, op.add("Reshape", wire, {"shape": shape}))


@handles("Permute")
def permute(op: Op) -> Value:
    view, dims = op.view(), op.settings.get("dims")
    if not isinstance(dims, list) or not all(is_size(dim) for dim in dims):
        raise Unfit("its dims are no axes")
    return view.transposed((0, *dims))


@handles("RepeatVector")
def repeat_vector(op: Op) -> Value:
    wire = lay(op.draft, op.view()).wire
    if len(op.draft.spec(wire).shape) != 1:
        raise Unfit("it does not read one row of numbers")
    wire = op.add("Unsqueeze", wire, {"dim": 1}, suffix="step")
    return whole(op.draft, op.add("Expand", wire, {"shape": [op.settings.size("n"), -1]}))


def together(op: Op, views: Sequence[View]) -> tuple[list[Wire], tuple[int, ...]]:
    """The tensors in one order, that of the largest, and that order."""
    ranks = {view.rank for view in views}
    if len(ranks) != 1:
        raise Unfit("what it reads has different numbers of axes")
    leading = max(views, key=lambda view: prod(view.shape))
    order = own_order(op.draft, leading)
    if all(view.axes == leading.axes and view.atoms == leading.atoms for view in views) and len(leading.axes) == 2:
        return [lay(op.draft, view).wire for view in views], order
    return [lay(op.draft, view.transposed(order)).wire for view in views], order


def joined(op: Op, layer_type: str, inputs: Any, order: Sequence[int], params: Any = None, suffix: str = "") -> View:
    return seen_in(op.draft, op.add(layer_type, inputs, params, suffix=suffix), order)


@handles(*JOINED)
def join(op: Op) -> Value:
    wires, order = together(op, op.views())
    return joined(op, JOINED[op.layer.kind], {"inputs": wires}, order)


@handles("Average")
def average(op: Op) -> Value:
    wires, order = together(op, op.views())
    total = op.add("Add", {"inputs": wires}, suffix="sum")
    return joined(op, "ScaleShift", total, order, {"scale": 1 / len(wires)})


@handles("CustomScaleLayer")
def scaled_and_added(op: Op) -> Value:
    """As the Inception-ResNet of Keras joins its branches: one tensor and a share of another."""
    one, *others = op.views()
    if len(others) != 1:
        raise Unfit(f"it reads {1 + len(others)} tensors")
    share = op.add("ScaleShift", others[0].wire, {"scale": op.settings.number("scale")}, suffix="scale")
    wires, order = together(op, [one, others[0].moved(share)])
    return joined(op, "Add", {"inputs": wires}, order)


@handles("Subtract")
def subtract(op: Op) -> Value:
    wires, order = together(op, op.views())
    if len(wires) != 2:
        raise Unfit(f"it reads {len(wires)} tensors")
    return joined(op, "Sub", {"input": wires[:1], "other": wires[1:]}, order)


@handles("Concatenate")
def concatenate(op: Op) -> Value:
    views = op.views()
    wires, order = together(op, views)
    axis = op.settings.axis("axis", views[0].rank)
    return joined(op, "Concat", {"inputs": wires}, order, {"dim": order.index(axis)})


@handles("Dot")
def dot(op: Op) -> Value:
    views = op.views()
    if len(views) != 2 or views[0].rank != views[1].rank or views[0].rank not in (2, 3):
        raise Unfit("it multiplies other than two rows or two series")
    one, other = views
    axes = op.settings.get("axes")
    pair = axes if isinstance(axes, list) else [axes, axes]
    if len(pair) != 2 or any(type(axis) is not int or not -one.rank <= axis < one.rank for axis in pair):
        raise Unfit("its axes are none of its inputs")
    first, second = (axis % one.rank for axis in pair)
    if 0 in (first, second):
        raise Unfit("it works along the batch")
    if one.rank == 2:
        left, right = (lay(op.draft, view).wire for view in views)
        if op.settings.flag("normalize", False):
            wire = op.add("CosineSimilarity", {"x1": [left], "x2": [right]}, {"dim": 1}, suffix="rows")
            return whole(op.draft, op.add("Unsqueeze", wire, {"dim": 1}))
        wire = op.add("Mul", {"inputs": [left, right]}, suffix="product")
        return whole(op.draft, op.add("Sum", wire, {"dim": 1, "keepdim": True}))
    op.settings.nothing("normalize")
    left = lay(op.draft, one if first == 2 else one.transposed((0, 2, 1))).wire
    right = lay(op.draft, other if second == 1 else other.transposed((0, 2, 1))).wire
    return whole(op.draft, op.add("MatMul", {"input": [left], "other": [right]}))


@handles("ops.TFOpLambda")
def operation_of_keras_2(op: Op) -> Value:
    """The same, as Keras 2 has them: by the name of a function of TensorFlow, of which these are known."""
    kind = FUNCTIONS.get(str(op.settings.get("function")))
    if kind is None:
        raise Unfit(f"it calls {str(op.settings.get('function'))[:60]}")
    given = [*refs_in(op.call.args), *(op.call.settings[name] for name in ("y", "x") if name in op.call.settings)]
    return _arithmetic(op, kind, given)


@handles("ops.Add", "ops.Subtract", "ops.Multiply", "ops.Divide", "ops.TrueDivide")
def arithmetic(op: Op) -> Value:
    """`x * 2.0`, `1 - x`, `x + y`, as a functional model has them."""
    given = [*op.call.args, *(op.call.settings[name] for name in ("x1", "x2") if name in op.call.settings)]
    return _arithmetic(op, op.layer.kind, given)


def _arithmetic(op: Op, kind: str, given: Sequence[Any]) -> Value:
    if len(given) != 2:
        raise Unfit(f"it reads {len(given)} values")
    numbers = [entry for entry in given if type(entry) in (int, float) and abs(entry) < 1e30]
    if not numbers:
        views = [op.value(entry) for entry in given]
        wires, order = together(op, views)
        if kind in ("Add", "Multiply"):
            return joined(op, {"Add": "Add", "Multiply": "Mul"}[kind], {"inputs": wires}, order)
        return joined(op, "Sub" if kind == "Subtract" else "Div", {"input": wires[:1], "other": wires[1:]}, order)
    if len(numbers) == 2:
        raise Unfit("it reads no tensor")
    number, behind = float(numbers[0]), given[1] is numbers[0]
    view = op.value(given[0] if behind else given[1])
    match kind:
        case "Add":
            params = {"shift": number}
        case "Multiply":
            params = {"scale": number}
        case "Subtract":
            params = {"shift": -number} if behind else {"scale": -1.0, "shift": number}
        case _:
            if not behind or not number:
                raise Unfit("it divides a number")
            params = {"scale": 1 / number}
    return view.moved(op.add("ScaleShift", view.wire, params))
