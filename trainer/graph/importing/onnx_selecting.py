"""Operations of ONNX that take parts of a tensor, or put parts together, said in operations of the catalogue."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.onnx_axes import reshaped
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, view_of


def without(view: View, laid: Any, wire: Wire, axis: int, *, keep: bool) -> View:
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
    return without(view, laid, wire, axis, keep=keep)


def sliced(walk: Walk, view: View, axis: int, start: int, end: int, step: int) -> View:
    """Some entries of an axis; all of them is no change, and one is a choice."""
    size = view.shape[axis]
    count = len(range(start, end, step))
    if count == size and step > 0:
        return view
    if count == 1:
        return selected(walk, view, axis, start, keep=True)
    if count < 1:
        raise Unfit("it takes nothing")
    if step < 0:
        return entries(walk, view, axis, list(range(start, end, step)))
    laid = lay(walk.draft, view)
    dim = laid.dim(axis)
    wire = walk.draft.add("Slice", laid.wire, {"dim": dim, "start": start, "end": end, "step": step})
    return laid.seen(wire, (*laid.sizes[:dim], count, *laid.sizes[dim + 1 :]))


def entries(walk: Walk, view: View, axis: int, places: Sequence[int]) -> View:
    """Entries of an axis in the order of `places`; where they go up evenly they are a slice."""
    steps = {after - before for before, after in itertools.pairwise(places)} or {1}
    if len(steps) == 1 and min(steps) > 0:
        return sliced(walk, view, axis, places[0], places[-1] + 1, min(steps))
    laid = lay(walk.draft, view)
    dim = laid.dim(axis)
    wire = walk.draft.add("IndexSelect", laid.wire, {"dim": dim, "indices": list(places)})
    return laid.seen(wire, (*laid.sizes[:dim], len(places), *laid.sizes[dim + 1 :]))


def at_table(walk: Walk, view: View, axis: int, table: Array) -> View:
    """The entries of an axis at a table of places, whose axes stand in its stead."""
    places = [int(place) % view.shape[axis] for place in table.reshape(-1)]
    if not places:
        raise Unfit("it takes nothing")
    if table.ndim == 0:
        return selected(walk, view, axis, places[0])
    found = entries(walk, view, axis, places)
    if table.ndim == 1:
        return found
    return reshaped(walk, found, [*view.shape[:axis], *table.shape, *view.shape[axis + 1 :]])


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
    return [at_table(walk, view, axis, index)]


@handles("GatherND")
def gather_nd(walk: Walk, op: Op) -> Sequence[Value]:
    """At places of the first axes that are known: those become one, and the places are counted along it."""
    view, index = op.view(), op.needed(1)
    count = index.shape[-1] if index.ndim else 0
    if op.get("batch_dims", 0) or not 0 < count <= view.rank or any(0 in axis for axis in view.axes[:count]):
        raise Unfit("its places are those of samples")
    sizes = view.shape[:count]
    table = np.ravel_multi_index(tuple(np.moveaxis(index % sizes, -1, 0)), sizes)
    merged = reshaped(walk, view, [int(np.prod(sizes)), *view.shape[count:]])
    return [at_table(walk, merged, 0, np.asarray(table))]


@handles("GatherElements")
def gather_elements(walk: Walk, op: Op) -> Sequence[Value]:
    view, index = op.view(), op.view(1)
    laid, places = lay(walk.draft, view), lay(walk.draft, index)
    if laid.dims != places.dims:
        raise Unfit("its places have their batch elsewhere")
    ports = {"input": [laid.wire], "index": [places.wire]}
    wire = walk.draft.add("Gather", ports, {"dim": laid.dim(view.axis(op.get("axis", 0)))})
    return [places.seen(wire, places.sizes)]
