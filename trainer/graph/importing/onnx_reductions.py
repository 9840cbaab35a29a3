"""Operations of ONNX that bring the numbers along axes together into one, said in operations of the catalogue."""

from collections.abc import Sequence
from typing import Any, Final

from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_selecting import without
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.views import lay, view_of

REDUCTIONS: Final = {
    "ReduceMean": "Mean",
    "ReduceSum": "Sum",
    "ReduceMax": "Max",
    "ReduceMin": "Min",
    "ReduceL2": "Norm",
}


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
    return [without(view, laid, wire, axis, keep=bool(op.get("keepdims", 1)))]
