"""Operations of ONNX that bring the numbers along axes together into one, said in operations of the catalogue."""

from collections.abc import Sequence
from typing import Any, Final

from trainer.graph.importing.align import aligned
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_selecting import without
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.views import View, lay, view_of

REDUCTIONS: Final = {
    "ReduceMean": "Mean",
    "ReduceSum": "Sum",
    "ReduceMax": "Max",
    "ReduceMin": "Min",
    "ReduceL2": "Norm",
}


def reduced(walk: Walk, view: View, layer: str, axes: set[int], *, keep: bool) -> View:
    """The numbers along axes as one, which are left with size 1 or go."""
    laid = lay(walk.draft, view)
    gone = sorted(laid.dim(axis) for axis in axes)
    params: dict[str, Any] = {"dim": gone if len(gone) > 1 else gone[0], "keepdim": keep}
    wire = walk.draft.add(layer, laid.wire, params)
    if keep:
        return laid.seen(wire, [1 if dim in gone else size for dim, size in enumerate(laid.sizes)])
    left = [dim for dim in range(len(laid.sizes)) if dim not in gone]
    numbers = {dim: number for number, dim in enumerate(left)}
    kept = [tuple(numbers[dim] for dim in dims) for axis, dims in enumerate(laid.dims) if axis not in axes]
    return view_of(wire, [laid.sizes[dim] for dim in left], kept)


def _axes(op: Op, view: View) -> set[int]:
    """The axes that are named; none where naming none means nothing, else all of them."""
    given = op.constant(1) if len(op.inputs) > 1 else op.get("axes")
    if given is None:
        return set() if op.get("noop_with_empty_axes", 0) else set(range(view.rank))
    return {view.axis(int(axis)) for axis in given}


def _of_each(walk: Walk, view: View, layer: str) -> View:
    return view.moved(walk.draft.add(layer, view.wire))


def _joined(walk: Walk, layer: str, ports: Sequence[str], views: Sequence[View]) -> View:
    """Two tensors place by place; `ports` names the port of each, or the one of both."""
    wires, frame = aligned(walk, views)
    inputs = {ports[0]: wires} if len(ports) == 1 else dict(zip(ports, ([wire] for wire in wires), strict=True))
    wire = walk.draft.add(layer, inputs)
    return frame.seen(wire, walk.draft.spec(wire).shape)


@handles(*REDUCTIONS)
def reduction(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    axes, keep = _axes(op, view), bool(op.get("keepdims", 1))
    return [reduced(walk, view, REDUCTIONS[op.op], axes, keep=keep) if axes else view]


@handles("ReduceL1", "ReduceSumSquare", "ReduceLogSum")
def changed_and_summed(walk: Walk, op: Op) -> Sequence[Value]:
    """A sum of what is done to each number, or what is done to a sum."""
    view = op.view()
    axes, keep = _axes(op, view), bool(op.get("keepdims", 1))
    if op.op == "ReduceL1":
        view = _of_each(walk, view, "Abs")
    elif op.op == "ReduceSumSquare":
        view = _joined(walk, "Mul", ["inputs"], [view, view])
    found = reduced(walk, view, "Sum", axes, keep=keep) if axes else view
    return [_of_each(walk, found, "Log") if op.op == "ReduceLogSum" else found]


@handles("ReduceLogSumExp")
def log_of_summed_powers(walk: Walk, op: Op) -> Sequence[Value]:
    """With the largest number taken out first, so that no power is too large."""
    view = op.view()
    axes, keep = _axes(op, view), bool(op.get("keepdims", 1))
    if not axes:
        return [view]
    largest = reduced(walk, view, "Max", axes, keep=True)
    powers = _of_each(walk, _joined(walk, "Sub", ["input", "other"], [view, largest]), "Exp")
    rest = _of_each(walk, reduced(walk, powers, "Sum", axes, keep=keep), "Log")
    return [_joined(walk, "Add", ["inputs"], [rest, largest if keep else largest.squeezed(sorted(axes))])]


@handles("LpNormalization")
def scaled_to_length_one(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    axes = {view.axis(op.get("axis", -1))}
    if op.get("p", 2) == 2:
        length = reduced(walk, view, "Norm", axes, keep=True)
    else:
        length = reduced(walk, _of_each(walk, view, "Abs"), "Sum", axes, keep=True)
    return [_joined(walk, "Div", ["input", "other"], [view, length])]


@handles("ArgMax")
def arg_max(walk: Walk, op: Op) -> Sequence[Value]:
    view = op.view()
    axis = view.axis(op.get("axis", 0))
    laid = lay(walk.draft, view)
    wire = walk.draft.add("ArgMax", laid.wire, {"dim": laid.dim(axis)})
    return [without(view, laid, wire, axis, keep=bool(op.get("keepdims", 1)))]
