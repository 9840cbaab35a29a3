"""Operations of ONNX that move, merge and repeat axes; those that only move them make no node."""

from collections.abc import Sequence
from math import prod

from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, plain, whole


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
