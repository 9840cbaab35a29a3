"""Operations on sequences with padding, and on indices, that exporters take apart."""

from collections.abc import Sequence

import numpy as np

from trainer.graph.importing.draft import Array, Wire
from trainer.graph.importing.onnx_logic import cast
from trainer.graph.importing.onnx_match import (
    attribute,
    axes_of,
    behind,
    constant,
    given,
    made_by,
    number,
    repeated,
    view,
)
from trainer.graph.importing.onnx_op import Op, Value
from trainer.graph.importing.onnx_walk import Walk, ends, handles
from trainer.graph.importing.report import Unfit
from trainer.graph.importing.views import BATCH, View, lay, plain, view_of, whole

ELSE = "it is part of another pattern"


def is_counting(array: Array) -> bool:
    """Whether whole numbers count from 0 on."""
    return array.ndim == 1 and array.dtype.kind == "i" and bool((array == np.arange(array.size)).all())


@ends("Div")
def masked_mean(walk: Walk, op: Op) -> Sequence[Value]:
    """The sum over steps, zero where they are padding, by the number of those that are none, at least one."""
    total, clipped = (
        made_by(walk, op.input_names[0], "ReduceSum"),
        made_by(walk, behind(walk, op.input_names[1], "Cast"), "Clip"),
    )
    kept, count = made_by(walk, total.input[0], "Where"), made_by(walk, clipped.input[0], "ReduceSum")
    stretched = made_by(walk, kept.input[0], "Unsqueeze")
    steps, mask = view(walk, kept.input[2], 3), view(walk, stretched.input[0], 2)
    fits = (
        repeated(walk, kept.input[1]) == 0
        and number(walk, given(clipped, 1)) == 1
        and axes_of(walk, total, 3) == axes_of(walk, count, 2) == [1]
        and axes_of(walk, stretched, 3) == [2]
        and (attribute(total, "keepdims", 1), attribute(count, "keepdims", 1)) == (0, 1)
        and made_by(walk, behind(walk, count.input[0], "Cast"), "Not").input[0] == stretched.input[0]
    )
    if not fits:
        raise Unfit(ELSE)
    ports = {"input": [plain(walk.draft, steps)], "mask": [plain(walk.draft, mask)]}
    return [whole(walk.draft, walk.draft.add("MaskedMean", ports))]


@ends("GatherND")
def step_of_each(walk: Walk, op: Op) -> Sequence[Value]:
    """Of each sample the step at an index of its own; where that is the last without padding, `LastStep`."""
    joined = made_by(walk, op.input_names[1], "Concat")
    if len(joined.input) != 2 or op.get("batch_dims", 0):
        raise Unfit(ELSE)
    rows, index = (made_by(walk, name, "Unsqueeze").input[0] for name in joined.input)
    if not is_counting(constant(walk, rows)) or constant(walk, rows).size != BATCH:
        raise Unfit(ELSE)
    steps = plain(walk.draft, view(walk, op.input_names[0]))
    mask = _mask_of_last(walk, index)
    if mask is not None:
        ports = {"input": [steps], "mask": [plain(walk.draft, mask)]}
        return [whole(walk.draft, walk.draft.add("LastStep", ports))]
    shape = walk.draft.spec(steps).shape[1:]
    place = walk.draft.add("Reshape", plain(walk.draft, view(walk, index, 1)), {"shape": [1] * (1 + len(shape))})
    if shape:
        place = walk.draft.add("Expand", place, {"shape": [1, *shape]})
    taken = walk.draft.add("Gather", {"input": [steps], "index": [place]}, {"dim": 1})
    return [view_of(taken, (BATCH, 1, *shape), [(0,), *((dim,) for dim in range(2, 2 + len(shape)))])]


def _mask_of_last(walk: Walk, index: str) -> View | None:
    """The mask that `index` says the last step without padding of: where the count of the others is first largest."""
    largest = walk.producers.get(index)
    if largest is None or largest.op_type != "ArgMax" or attribute(largest, "keepdims", 1):
        return None
    counted = walk.producers.get(largest.input[0])
    if (
        counted is None
        or counted.op_type != "CumSum"
        or attribute(counted, "reverse")
        or attribute(counted, "exclusive")
    ):
        return None
    turned = walk.producers.get(behind(walk, counted.input[0], "Cast"))
    first = not attribute(largest, "select_last_index", 0) and attribute(largest, "axis", 0) in (1, -1)
    if turned is None or turned.op_type != "Not" or not first or number(walk, counted.input[1]) not in (1, -1):
        return None
    return view(walk, turned.input[0], 2)


def _one_hot(walk: Walk, name: str) -> View:
    """Indices that are compared with all numbers from 0 on."""
    equal = made_by(walk, name, "Equal")
    for source, numbers in (equal.input, reversed(equal.input)):
        found = walk.values.get(numbers)
        if isinstance(found, np.ndarray) and found.size > 1 and is_counting(found.reshape(-1)) and found.shape[-1] > 1:
            index = view(walk, source)
            if not index.rank or index.axes[-1] or walk.draft.spec(index.wire).dtype != "int64":
                break
            laid = lay(walk.draft, index.squeezed([-1]))
            wire = walk.draft.add("OneHot", laid.wire, {"num_classes": found.size})
            return view_of(wire, (*laid.sizes, found.size), [*laid.dims, (len(laid.sizes),)])
    raise Unfit(ELSE)


@ends("Cast")
def one_hot(walk: Walk, op: Op) -> Sequence[Value]:
    wanted = {1: "float32", 6: "int64", 7: "int64"}.get(op.get("to"))
    if wanted is None:
        raise Unfit(ELSE)
    return [cast(walk, _one_hot(walk, op.input_names[0]), wanted)]


@ends("Equal")
def one_hot_of_bool(walk: Walk, op: Op) -> Sequence[Value]:
    return [cast(walk, _one_hot(walk, op.output_names[0]), "bool")]


@handles("OneHot")
def one_hot_of_file(walk: Walk, op: Op) -> Sequence[Value]:
    index, depth, values = op.view(), op.needed(1), op.needed(2)
    if values.reshape(-1).tolist() != [0, 1] or op.get("axis", -1) not in (-1, index.rank):
        raise Unfit("it writes other numbers than 0 and 1, or not along a new last axis")
    laid = lay(walk.draft, index)
    count = int(depth.reshape(-1)[0])
    wire = walk.draft.add("OneHot", laid.wire, {"num_classes": count})
    found = view_of(wire, (*laid.sizes, count), [*laid.dims, (len(laid.sizes),)])
    return [cast(walk, found, "float32" if values.dtype.kind == "f" else "int64")]


@ends("Mul")
def noise(walk: Walk, op: Op) -> Sequence[Value]:
    """exp(x) times zeros in the shape of a tensor: what is left of the noise of a VAE once nothing is trained."""
    for name, zeros in (op.input_names, reversed(op.input_names)):
        found = walk.producers.get(zeros)
        if found is None or found.op_type != "Expand" or number(walk, found.input[0]) != 0:
            continue
        like = view(walk, made_by(walk, found.input[1], "Shape").input[0])
        made_by(walk, name, "Exp")
        spread = view(walk, name)
        if (like.atoms, like.axes) != (spread.atoms, spread.axes):
            break
        drawn = walk.draft.add("RandomNormal", like.wire)
        return [spread.moved(walk.draft.add("Mul", {"inputs": [spread.wire, drawn]}))]
    raise Unfit(ELSE)


@ends("Gather")
def table_of_positions(walk: Walk, op: Op) -> Sequence[Value]:
    """A row of a table for each step: an Embedding of the positions, though all of it is constant."""
    table, index = (constant(walk, name) for name in op.input_names)
    steps = positions(walk, index)
    if steps is None or table.ndim != 2 or table.dtype.kind != "f" or op.get("axis", 0) != 0:
        raise Unfit(ELSE)
    params = {"num_embeddings": table.shape[0], "embedding_dim": table.shape[1]}
    name, key = walk.name_of(op, 0), ("Embedding", op.input_names[0])
    return [
        whole(walk.draft, walk.draft.add("Embedding", steps, params, name=name, weights={"weight": table}, key=key))
    ]


def positions(walk: Walk, array: Array) -> Wire | None:
    """The positions of the steps of an Input that has as many, where a constant is just these for each sample."""
    if array.ndim != 2 or array.shape[0] != BATCH or array.strides[0] != 0 or not is_counting(array[0]):
        return None
    for node in walk.draft.nodes.values():
        if node.type == "Input" and node.params["shape"][:1] == [array.shape[1]]:
            return walk.draft.add("Positions", Wire(node.id))
    return None
