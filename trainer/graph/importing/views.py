"""Tensors of an imported model as ways of looking at tensors of the graph, whose batch axis is always the first.

An exported model moves and merges its batch axis as it likes ([steps, batch, width], [batch*heads, steps, width]). A
`View` keeps which factor of which axis is which, and only where an operation needs them in order does a Permute or a
Reshape become a node. The batch has a size of its own that nothing else has, so that it is found again in every
computed shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod
from operator import mul
from typing import Final

from trainer.graph.importing.draft import Draft, Wire
from trainer.graph.importing.report import Unfit

BATCH: Final = 9973  # a prime that no axis of a real model has


@dataclass(frozen=True, slots=True)
class View:
    """`wire` seen with other axes.

    `atoms` are the sizes that its tensor falls into, in its own order, none of size 1; the first is the batch. `axes`
    has, for each axis that is seen, the atoms that it is made of: none for an axis of size 1.
    """

    wire: Wire
    atoms: tuple[int, ...]
    axes: tuple[tuple[int, ...], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(prod(self.atoms[atom] for atom in axis) for axis in self.axes)

    @property
    def rank(self) -> int:
        return len(self.axes)

    @property
    def batch_axis(self) -> int:
        return next(number for number, axis in enumerate(self.axes) if 0 in axis)

    def axis(self, number: int) -> int:
        """A counted axis, from the end where negative."""
        if not -self.rank <= number < self.rank:
            raise Unfit(f"axis {number} of {self.rank}")
        return number % self.rank

    def moved(self, wire: Wire) -> "View":
        """The same way of looking at another tensor of the same shape."""
        return View(wire, self.atoms, self.axes)

    def transposed(self, order: Sequence[int]) -> "View":
        if sorted(order) != list(range(self.rank)):
            raise Unfit(f"a permutation {list(order)} of {self.rank} axes")
        return View(self.wire, self.atoms, tuple(self.axes[axis] for axis in order))

    def unsqueezed(self, places: Sequence[int]) -> "View":
        rank = self.rank + len(places)
        new = {place % rank for place in places}
        rest = iter(self.axes)
        return View(self.wire, self.atoms, tuple(() if place in new else next(rest) for place in range(rank)))

    def squeezed(self, places: Sequence[int] | None) -> "View":
        gone = {self.axis(place) for place in places} if places is not None else set(range(self.rank))
        if places is not None and any(self.axes[place] for place in gone):
            raise Unfit("an axis that is squeezed has a size")
        kept = tuple(axis for number, axis in enumerate(self.axes) if axis or number not in gone)
        return View(self.wire, self.atoms, kept)

    def reshaped(self, shape: Sequence[int]) -> "View | None":
        """The same numbers in `shape`, or None where its axes cut across those there are."""
        order = [atom for axis in self.axes for atom in axis]
        sizes = [self.atoms[atom] for atom in order]
        if prod(sizes) != prod(shape):
            raise Unfit(f"{list(self.shape)} does not make {list(shape)}")
        cuts = sorted({1, *accumulate(sizes, mul), *accumulate(shape, mul)})
        if any(after % before for before, after in pairwise(cuts)):
            return None
        parts = [after // before for before, after in pairwise(cuts)]
        of_atoms = _shared_out(parts, sizes)
        if len(of_atoms[order.index(0)]) != 1:
            return None
        split = dict(zip(order, of_atoms, strict=True))
        numbers: dict[int, int] = {}
        atoms: list[int] = []
        for atom in range(len(self.atoms)):
            for part in split[atom]:
                numbers[part] = len(atoms)
                atoms.append(parts[part])
        axes = tuple(tuple(numbers[part] for part in group) for group in _shared_out(parts, shape))
        return View(self.wire, tuple(atoms), axes)


def _shared_out(parts: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """Which of the consecutive factors `parts` each of `sizes` is the product of."""
    groups, place = [], 0
    for size in sizes:
        group: list[int] = []
        while size > 1:
            size //= parts[place]
            group.append(place)
            place += 1
        groups.append(group)
    return groups


@dataclass(frozen=True, slots=True)
class Laid:
    """A tensor of the graph with the batch first; `dims` says which of its axes each axis seen has become."""

    wire: Wire
    sizes: tuple[int, ...]
    dims: tuple[tuple[int, ...], ...]

    def dim(self, axis: int) -> int:
        """The axis of the tensor that the axis seen is; not one that holds the batch."""
        found = self.dims[axis]
        if len(found) != 1 or found[0] == 0:
            raise Unfit("it works along the batch")
        return found[0]

    def seen(self, wire: Wire, sizes: Sequence[int], dims: Sequence[Sequence[int]] | None = None) -> View:
        """What comes out of a layer, of shape `sizes`, seen through the same axes or other `dims`."""
        return view_of(wire, sizes, dims if dims is not None else self.dims)


def view_of(wire: Wire, sizes: Sequence[int], dims: Sequence[Sequence[int]] | None = None) -> View:
    """A tensor of the graph with the batch first, seen as it is or with `dims` of it in each axis."""
    numbers: dict[int, int] = {}
    atoms: list[int] = []
    for dim, size in enumerate(sizes):
        if size != 1:
            numbers[dim] = len(atoms)
            atoms.append(size)
    groups: Sequence[Sequence[int]] = dims if dims is not None else [(dim,) for dim in range(len(sizes))]
    return View(wire, tuple(atoms), tuple(tuple(numbers[dim] for dim in group if dim in numbers) for group in groups))


def whole(draft: Draft, wire: Wire) -> View:
    """The tensor of `wire` as it is."""
    return view_of(wire, (BATCH, *draft.spec(wire).shape))


def lay(draft: Draft, view: View) -> Laid:
    """The tensor with the batch first and the other axes in the order they are seen in; makes nodes where needed."""
    groups: list[tuple[int, ...]] = [(0,)]
    dims: list[tuple[int, ...]] = []
    for axis in view.axes:
        if 0 not in axis:
            dims.append((len(groups),))
            groups.append(axis)
            continue
        place = axis.index(0)
        own: list[int] = []
        for part in (axis[:place], (0,), axis[place + 1 :]):
            if part == (0,):
                own.append(0)
            elif part:
                own.append(len(groups))
                groups.append(part)
        dims.append(tuple(own))
    sizes = tuple(prod(view.atoms[atom] for atom in group) for group in groups)
    return Laid(_arranged(draft, view, groups, sizes), sizes, tuple(dims))


def plain(draft: Draft, view: View) -> Wire:
    """The tensor exactly as it is seen, for layers that want their axes in order: the batch must come first."""
    if view.axes[:1] != ((0,),):
        raise Unfit("its batch axis is not the first")
    return lay(draft, view).wire


def _arranged(draft: Draft, view: View, groups: Sequence[Sequence[int]], sizes: Sequence[int]) -> Wire:
    wire = view.wire
    order = [atom for group in groups for atom in group]
    present = (BATCH, *draft.spec(wire).shape)
    if order != sorted(order):
        dims = _dims_of_groups(view, groups, present)
        if dims is not None:
            return draft.add("Permute", wire, {"dims": dims})
        wire = _reshape(draft, wire, view.atoms)
        wire = draft.add("Permute", wire, {"dims": order})
    return _reshape(draft, wire, sizes)


def _dims_of_groups(view: View, groups: Sequence[Sequence[int]], present: Sequence[int]) -> list[int] | None:
    """The axes of the tensor that the groups are, where each is one of them."""
    own = view_of(view.wire, present)
    if own.atoms != view.atoms:
        return None
    units = [dim for dim, size in enumerate(present) if size == 1]
    places = {axis: dim for dim, axis in enumerate(own.axes) if axis}
    dims = [places.get(tuple(group), -1) if group else (units.pop(0) if units else -1) for group in groups]
    return dims if sorted(dims) == list(range(len(present))) else None


def _reshape(draft: Draft, wire: Wire, sizes: Sequence[int]) -> Wire:
    present, wanted = draft.spec(wire).shape, tuple(sizes[1:])
    if present == wanted:
        return wire
    for dim in range(1, max(len(present), len(wanted)) + 1):
        if wanted == (*present[: dim - 1], 1, *present[dim - 1 :]):
            return draft.add("Unsqueeze", wire, {"dim": dim})
        if present == (*wanted[: dim - 1], 1, *wanted[dim - 1 :]):
            return draft.add("Squeeze", wire, {"dim": dim})
    if len(wanted) == 1 and len(present) > 1:
        return draft.add("Flatten", wire)
    return draft.add("Reshape", wire, {"shape": list(wanted)})
