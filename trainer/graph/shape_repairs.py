"""Repairs of shapes and number types: a layer put between, or the size of one that is there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from trainer.graph.edits import set_param
from trainer.graph.problems import Fix, Problem
from trainer.graph.repair_context import RepairContext


def insert_flatten(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A Flatten before the node."""
    name = context.node(problem.node).name
    for edge in context.edges_into(str(problem.node))[:1]:
        yield Fix("insert_flatten", context.insert_on(edge, "Flatten", "flat"), {"name": name})


def set_classes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many features out of the last dense layer as the target has classes."""
    value = {"$data": f"{problem.fields['column']}.num_classes"}
    for node in context.sizing_nodes(str(problem.node)):
        fields = {"name": node.name, "count": problem.fields["expected"]}
        yield Fix("set_classes", (set_param(node.id, "out_features", value),), fields)


def set_width(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many features out of the last dense layer as the target has numbers."""
    for node in context.sizing_nodes(str(problem.node)):
        fields = {"name": node.name, "count": 1}
        yield Fix("set_classes", (set_param(node.id, "out_features", 1),), fields)


def insert_cast(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A Cast to the number type that is expected."""
    expected = str(problem.fields.get("expected", "float32")).split("/")[0]
    for edge in context.edges_into(str(problem.node), str(problem.fields.get("port", "input"))):
        spec = context.spec(edge)
        if spec is not None and spec.dtype != expected:
            fields = {"dtype": expected}
            yield Fix("insert_cast", context.insert_on(edge, "Cast", "cast", dtype=expected), fields)


def fit_axes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """An axis of one more or less, or a Flatten, before the node."""
    for edge in context.edges_into(str(problem.node), str(problem.fields["port"])):
        spec = context.spec(edge)
        if spec is None:
            continue
        name = context.node(problem.node).name
        ranks = [int(rank) for rank in str(problem.fields["expected"]).split("/")]
        if len(spec.shape) + 1 in ranks:
            yield Fix("insert_unsqueeze", context.insert_on(edge, "Unsqueeze", "axis", dim=1), {"name": name})
        for axis, size in enumerate(spec.shape, start=1):
            if size == 1 and len(spec.shape) - 1 in ranks:
                yield Fix("insert_squeeze", context.insert_on(edge, "Squeeze", "squeezed", dim=axis), {"name": name})
        if 1 in ranks:
            yield Fix("insert_flatten", context.insert_on(edge, "Flatten", "flat"), {"name": name})


def fit_skip(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A 1x1 convolution, or a dense layer, on the wire whose shape differs from the first."""
    edges = [edge for edge in context.edges_into(str(problem.node)) if edge.target_port != "target"]
    specs = [context.spec(edge) for edge in edges]
    for edge, spec, other in (
        ((edges[1], specs[1], specs[0]), (edges[0], specs[0], specs[1])) if len(edges) == 2 else ()
    ):
        if spec is None or other is None or len(spec.shape) != len(other.shape):
            continue
        fields = {"source": context.node(edge.source).name, "target": context.node(edge.target).name}
        if len(spec.shape) == 3:
            params = _skip_params(spec.shape, other.shape)
            if params:
                yield Fix("insert_skip_conv", context.insert_on(edge, "Conv2d", "skip", **params), fields)
        elif spec.shape[:-1] == other.shape[:-1]:
            edits = context.insert_on(edge, "Linear", "skip", out_features=other.shape[-1])
            yield Fix("insert_skip_linear", edits, fields)


def _skip_params(shape: tuple[int, ...], wanted: tuple[int, ...]) -> dict[str, Any] | None:
    """The 1x1 convolution from one image shape to another, where a stride leads there."""
    strides = {-(-size // out) for size, out in zip(shape[1:], wanted[1:], strict=True)}
    if len(strides) != 1 or any(
        (size - 1) // stride + 1 != out for stride in strides for size, out in zip(shape[1:], wanted[1:], strict=True)
    ):
        return None
    stride = strides.pop()
    return {"out_channels": wanted[0], "kernel_size": 1} | ({"stride": stride} if stride > 1 else {})


def shrink_kernel(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The largest window that fits."""
    value = problem.fields["expected"]
    fields = {"name": problem.fields["name"], "param": "kernel_size", "value": value}
    yield Fix("set_param", (set_param(str(problem.node), "kernel_size", value),), fields)


def reduce_axes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The mean over the steps before the last dense layer, or a Flatten there."""
    for node in context.sizing_nodes(str(problem.node)):
        for edge in context.edges_into(node.id)[:1]:
            spec = context.spec(edge)
            if spec is not None and len(spec.shape) == 2:
                yield Fix("insert_mean", context.insert_on(edge, "Mean", "mean", dim=1), {"name": node.name})
            yield Fix("insert_flatten", context.insert_on(edge, "Flatten", "flat"), {"name": node.name})
        return


def reset_dim(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Flatten from the first axis after the batch."""
    node = context.node(problem.node)
    if node.type == "Flatten":
        fields = {"name": node.name, "param": "start_dim", "value": 1}
        yield Fix("set_param", (set_param(node.id, "start_dim", 1),), fields)
    elif "dim" in node.params:
        fields = {"name": node.name, "param": "dim", "value": 1}
        yield Fix("set_param", (set_param(node.id, "dim", 1),), fields)


SHAPE_REPAIRS: Final[Mapping[str, Callable[[Problem, RepairContext], Iterator[Fix]]]] = {
    "shape.not_flat": insert_flatten,
    "shape.rank": fit_axes,
    "shape.differ": fit_skip,
    "shape.window": shrink_kernel,
    "dtype.mismatch": insert_cast,
    "output.dtype": insert_cast,
    "output.classes": set_classes,
    "output.width": set_width,
    "output.rank": reduce_axes,
    "batch.disturbed": reset_dim,
}
