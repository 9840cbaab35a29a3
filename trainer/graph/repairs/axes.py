"""Repairs of the number of axes and of number types: a layer put between, or its sibling for other axes."""

import re
from collections.abc import Iterator, Mapping
from math import isqrt
from typing import Any, Final

from trainer.graph.edits import Edit, set_key, set_param, unset_param
from trainer.graph.parts import Edge, Node
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import Repair, RepairContext
from trainer.layers.registry import CATALOGUE

AXES_SUFFIX: Final = re.compile(r"(?P<stem>[A-Za-z]+)(?P<axes>[123])d")
STEPWISE: Final = frozenset({"recur", "attn"})  # families that read [steps, features]


def insert_flatten(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A Flatten before the node."""
    node = context.node(problem.node)
    for edge in context.edges_into(node.id)[:1]:
        yield Fix("insert_flatten", context.insert_on(edge, ("Flatten", "flat", {})), {"name": node.name})


def insert_cast(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A Cast to the number type that is expected."""
    expected = str(problem.fields.get("expected", "float32")).split("/")[0]
    for edge in context.edges_into(context.node(problem.node).id, str(problem.fields.get("port", "input"))):
        spec = context.spec(edge)
        if spec is not None and spec.dtype != expected:
            edits = context.insert_on(edge, ("Cast", "cast", {"dtype": expected}))
            yield Fix("insert_cast", edits, {"dtype": expected})


def fit_axes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """An axis of one more or less, a Flatten, rows of an image as steps, or the layer for as many axes as arrive."""
    node, port = context.node(problem.node), str(problem.fields["port"])
    for edge in context.edges_into(node.id, port):
        spec = context.spec(edge)
        ranks = [int(rank) for rank in str(problem.fields["expected"]).split("/")]
        if spec is None or len(spec.shape) in ranks:
            continue
        is_norm = not node.block and CATALOGUE[node.type].family not in ("conv", "pool")
        sibling = list(_sibling(node, len(spec.shape)))
        yield from sibling if is_norm else ()
        yield from _other_axes(node, edge, spec.shape, ranks, context)
        yield from () if is_norm else sibling


def _other_axes(
    node: Node, edge: Edge, shape: tuple[int, ...], ranks: list[int], context: RepairContext
) -> Iterator[Fix]:
    """Fixes that give what runs along `edge` one of `ranks` axes."""
    fields = {"name": node.name}
    stepwise = not node.block and CATALOGUE[node.type].family in STEPWISE
    if len(shape) == 1 and 3 in ranks and not stepwise:
        for channels in (1, 3):
            side = isqrt(shape[0] // channels)
            if side > 1 and channels * side * side == shape[0]:
                sizes = [channels, side, side]
                edits = context.insert_on(edge, ("Reshape", "image", {"shape": sizes}))
                yield Fix("insert_reshape", edits, {**fields, "shape": "×".join(map(str, sizes))})
    if len(shape) + 1 in ranks:
        for axis in (-1, 1) if stepwise else (1,):
            edits = context.insert_on(edge, ("Unsqueeze", "axis", {"dim": axis}))
            yield Fix("insert_unsqueeze", edits, fields)
    for axis, size in enumerate(shape, start=1):
        if size == 1 and len(shape) - 1 in ranks:
            yield Fix("insert_squeeze", context.insert_on(edge, ("Squeeze", "squeezed", {"dim": axis})), fields)
    if len(shape) == 3 and 2 in ranks:
        rows = (("Permute", "rows", {"dims": [0, 2, 1, 3]}), ("Flatten", "steps", {"start_dim": 2}))
        yield Fix("insert_rows", context.insert_on(edge, *rows), fields)
    if 1 in ranks:
        yield Fix("insert_flatten", context.insert_on(edge, ("Flatten", "flat", {})), fields)


def _sibling(node: Node, num_axes: int) -> Iterator[Fix]:
    """The same layer for as many axes as arrive: BatchNorm2d instead of BatchNorm1d."""
    match = AXES_SUFFIX.fullmatch(node.type)
    other = f"{match['stem']}{max(1, num_axes - 1)}d" if match else ""
    if other != node.type and other in CATALOGUE:
        yield Fix("replace_layer", change_type(node, other), {"name": node.name, "type": other})


def change_type(node: Node, other: str, **params: Any) -> tuple[Edit, ...]:
    """The edits that make a node another layer: parameters that it does not have go, equal sizes are one."""
    edits = [set_key(node.id, "type", other)]
    for name, value in node.params.items():
        form = CATALOGUE[other].param(name)
        if form is None:
            edits.append(unset_param(node.id, name))
        elif isinstance(value, list | tuple) and form.scalar and len(set(value)) == 1:
            edits.append(set_param(node.id, name, value[0]))
    return (*edits, *(set_param(node.id, name, value) for name, value in params.items()))


def reduce_axes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """One row for each sample: the last step, the mean over the steps, or a Flatten, before the last dense layer.

    Where none leads to the Output, at the Output itself; of an image, the mean over its places.
    """
    end = context.node(problem.node)
    places = [node for node, _ in context.sizing_nodes(end.id) if node.type == "Linear"][:1]
    for node in [*places, end]:
        for edge in context.edges_into(node.id)[:1]:
            spec = context.spec(edge)
            fields = {"name": node.name}
            if spec is None or len(spec.shape) < 2:
                continue
            if len(spec.shape) == 2:
                last = ("Select", "last", {"dim": 1, "index": -1})
                yield Fix("insert_last_step", context.insert_on(edge, last), fields)
                yield Fix("insert_mean", context.insert_on(edge, ("Mean", "mean", {"dim": 1})), fields)
            if len(spec.shape) == 3:
                pooled = ("AdaptiveAvgPool2d", "pooled", {"output_size": 1})
                edits = context.insert_on(edge, pooled, ("Flatten", "flat", {}))
                yield Fix("insert_global_pool", edits, fields)
            yield Fix("insert_flatten", context.insert_on(edge, ("Flatten", "flat", {})), fields)


def add_first_axis(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """An axis where a sample has none."""
    node = context.node(problem.node)
    for edge in context.edges_into(node.id, str(problem.fields["port"])):
        edits = context.insert_on(edge, ("Unsqueeze", "axis", {"dim": 1}))
        yield Fix("insert_unsqueeze", edits, {"name": node.name})


def insert_permute(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The channels of an image first instead of last."""
    node = context.node(problem.node)
    for edge in context.edges_into(node.id)[:1]:
        edits = context.insert_on(edge, ("Permute", "channels_first", {"dims": [0, 3, 1, 2]}))
        yield Fix("insert_permute", edits, {"name": node.name})


AXES_REPAIRS: Final[Mapping[str, Repair]] = {
    "shape.not_flat": insert_flatten,
    "shape.rank": fit_axes,
    "shape.axes": add_first_axis,
    "dtype.mismatch": insert_cast,
    "output.dtype": insert_cast,
    "output.rank": reduce_axes,
    "advice.channels_last": insert_permute,
}
