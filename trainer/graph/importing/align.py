"""Bringing tensors and constants that are joined place by place into one order, stretched as ONNX stretches them."""

from collections.abc import Sequence
from math import prod

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.onnx_op import Value
from trainer.graph.importing.onnx_walk import Walk
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, view_of


class Frame:
    """How the joined tensor is seen: its axes, and the factors of the one that holds the batch."""

    def __init__(self, dims: Sequence[tuple[int, ...]], like: View | None) -> None:
        self._dims = dims
        self._like = like

    def seen(self, wire: Wire, shape: Sequence[int]) -> View:
        """The outcome, of `shape` without the batch."""
        if self._like is not None:
            return self._like.moved(wire)
        return view_of(wire, (BATCH, *shape), self._dims)


def aligned(walk: Walk, values: Sequence[Value]) -> tuple[list[Wire], Frame]:
    """The wires of `values` in one order with the batch first, and how their outcome is seen."""
    views = [value for value in values if isinstance(value, View)]
    if not views or not all(isinstance(value, View | np.ndarray) for value in values):
        raise Unfit("its inputs are not known")
    first = views[0]
    alike = all((view.atoms, view.axes) == (first.atoms, first.axes) for view in views)
    shapes = {walk.draft.spec(view.wire).shape for view in views}
    if len(views) == len(values) and alike and len(shapes) == 1:
        return [view.wire for view in views], Frame((), first)
    rank = max(value.rank if isinstance(value, View) else value.ndim for value in values if value is not None)  # type: ignore[union-attr]
    wide = [view.unsqueezed(range(rank - view.rank)) for view in views]
    factors = _factors(wide)
    sizes = [size for group in factors for size in group]
    batch = sizes.index(BATCH)
    wires = []
    for value in values:
        if isinstance(value, View):
            view = _split(value.unsqueezed(range(rank - value.rank)), factors)
            wires.append(lay(walk.draft, view).wire)
        else:
            assert isinstance(value, np.ndarray)
            wires.append(_constant(walk, value, factors, batch))
    order = [batch, *(place for place in range(len(sizes)) if place != batch)]
    places = {place: number for number, place in enumerate(order)}
    dims, place = [], 0
    for group in factors:
        dims.append(tuple(places[place + number] for number in range(len(group))))
        place += len(group)
    return wires, Frame(dims, None)


def _factors(views: Sequence[View]) -> list[tuple[int, ...]]:
    """For each axis the sizes it falls into: one, or those around the batch."""
    factors: list[tuple[int, ...]] = []
    for axis in range(views[0].rank):
        size = max(view.shape[axis] for view in views)
        group: tuple[int, ...] = (size,)
        for view in views:
            own = view.axes[axis]
            if 0 in own and len(own) > 1:
                place = own.index(0)
                around = (
                    prod(view.atoms[a] for a in part)
                    for part in (own[:place], own[place : place + 1], own[place + 1 :])
                )
                group = tuple(part for part in around if part > 1)
        factors.append(group)
    if sum(size == BATCH for group in factors for size in group) != 1:
        raise Unfit("its inputs have their batch in different places")
    return factors


def _split(view: View, factors: Sequence[tuple[int, ...]]) -> View:
    shape = [
        part for axis, group in enumerate(factors) for part in (group if view.shape[axis] != 1 else (1,) * len(group))
    ]
    if prod(shape) != prod(view.shape):  # an axis that is not cut into factors keeps its own size
        shape = [
            part
            for axis, group in enumerate(factors)
            for part in (group if len(group) > 1 else view.shape[axis : axis + 1])
        ]
    found = view.reshaped(shape)
    if found is None:
        raise Unfit("it cuts across its batch")
    return found


def _constant(walk: Walk, array: Array, factors: Sequence[tuple[int, ...]], batch: int) -> Wire:
    """A constant in the same order; along the batch it must be the same for each sample."""
    own = (1,) * (len(factors) - array.ndim) + array.shape
    shape: list[int] = []
    for size, group in zip(own, factors, strict=True):
        shape += (1,) * len(group) if size == 1 else (size,) if len(group) == 1 else group
    if prod(shape) != array.size:
        raise Unfit("a constant cuts across the batch")
    moved = np.moveaxis(array.reshape(shape), batch, 0)
    if len(moved) > 1 and not bool((moved == moved[:1]).all()):
        raise Unfit("a constant differs from sample to sample")
    return walk.parameter(moved[0])
