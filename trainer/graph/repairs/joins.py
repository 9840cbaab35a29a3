"""Repairs of sizes that must agree where several tensors meet, and of windows that do not fit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from trainer.graph.parts import Edge
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import Repair, RepairContext

SHAPE = tuple[int, ...]
MAX_LOOKED_BACK: Final = 8


def fit_joined(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """What differs made like the rest: a transposed convolution one larger, a 1x1 convolution, a dense layer, a resize.

    Of two that differ, the second is made like the first, then the first like the second.
    """
    node = context.node(problem.node)
    arriving = [(edge, spec) for edge in context.edges_into(node.id) if (spec := context.spec(edge)) is not None]
    shapes = [spec.shape for _, spec in arriving]
    wanted = [shape for shape, _ in Counter(shapes).most_common(2)]
    for shape in wanted:
        odd = [(edge, spec.shape) for edge, spec in arriving if spec.shape != shape]
        if len(odd) == 1:
            yield from _make_like(*odd[0], shape, context, joins_channels=problem.code == "shape.concat")


def _make_like(
    edge: Edge, shape: SHAPE, wanted: SHAPE, context: RepairContext, *, joins_channels: bool
) -> Iterator[Fix]:
    fields = {"source": context.node(edge.source).name, "target": context.node(edge.target).name}
    if len(shape) != len(wanted):
        if joins_channels and len(wanted) == 1:
            yield Fix("insert_flatten", context.insert_on(edge, ("Flatten", "flat", {})), {"name": fields["target"]})
        if not joins_channels and len(shape) == 1 and shape == wanted[:1]:
            sizes = [shape[0], *[1] * (len(wanted) - 1)]
            edits = context.insert_on(edge, ("Reshape", "gate", {"shape": sizes}))
            yield Fix("insert_reshape", edits, {"name": fields["target"], "shape": "×".join(map(str, sizes))})
        return
    places, wanted_places = shape[1:], wanted[1:]
    if len(shape) > 1 and places != wanted_places:
        yield from _grow_before(edge, places, wanted_places, context)
    if not joins_channels and len(shape) > 1:
        params = _skip_params(shape, wanted)
        if params is not None:
            layer = (f"Conv{len(places)}d", "skip", params)
            yield Fix("insert_skip_conv", context.insert_on(edge, layer), fields)
    if not joins_channels and shape[:-1] == wanted[:-1]:
        edits = context.insert_on(edge, ("Linear", "skip", {"out_features": wanted[-1]}))
        yield Fix("insert_skip_linear", edits, fields)
    if len(shape) > 1 and places != wanted_places and (joins_channels or shape[0] == wanted[0]):
        yield from _resize(edge, shape, wanted, context)


def _grow_before(edge: Edge, places: SHAPE, wanted: SHAPE, context: RepairContext) -> Iterator[Fix]:
    """One more at the end from the transposed convolution before, where the skip is larger by less than its stride."""
    if any(size > other for size, other in zip(places, wanted, strict=True)):
        return
    node = context.node(edge.source)
    for _ in range(MAX_LOOKED_BACK):
        if node.type.startswith("ConvTranspose"):
            lacking = [other - size for size, other in zip(places, wanted, strict=True)]
            given = node.params.get("output_padding", 0)
            before = given if isinstance(given, list | tuple) else [given] * len(lacking)
            after = [one + more for one, more in zip(before, lacking, strict=True)]
            value = after[0] if len(set(after)) == 1 else after
            fields = {"name": node.name, "value": value}
            yield Fix("set_output_padding", (context.setting(node, "output_padding", value),), fields)
            return
        above = context.edges_into(node.id)
        if len(above) != 1:
            return
        node = context.node(above[0].source)


def _skip_params(shape: SHAPE, wanted: SHAPE) -> dict[str, Any] | None:
    """The 1x1 convolution from one shape to another, where a stride leads there."""
    strides = {-(-size // out) for size, out in zip(shape[1:], wanted[1:], strict=True)}
    if len(shape) > 4 or len(strides) != 1 or 0 in wanted:
        return None
    stride = strides.pop()
    if any((size - 1) // stride + 1 != out for size, out in zip(shape[1:], wanted[1:], strict=True)):
        return None
    return {"out_channels": wanted[0], "kernel_size": 1} | ({"stride": stride} if stride > 1 else {})


def _resize(edge: Edge, shape: SHAPE, wanted: SHAPE, context: RepairContext) -> Iterator[Fix]:
    """Padding where only a little lacks, and resampling."""
    fields = {"source": context.node(edge.source).name, "size": "×".join(map(str, wanted[1:]))}
    lacking = [other - size for size, other in zip(shape[1:], wanted[1:], strict=True)]
    if all(0 <= more <= 2 for more in lacking):
        pads = [entry for more in reversed(lacking) for entry in (0, more)]
        yield Fix("insert_pad", context.insert_on(edge, ("Pad", "padded", {"pad": pads})), fields)
    resized = ("Interpolate", "resized", {"size": list(wanted[1:])})
    yield Fix("insert_interpolate", context.insert_on(edge, resized), fields)


def fit_window(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Padding that lets the window fit, where the layer has it; or the largest window that fits."""
    node = context.node(problem.node)
    window, extent = int(problem.fields["received"]), int(problem.fields["expected"])
    kernel = node.params.get("kernel_size")
    padding = node.params.get("padding", 0)
    if (
        isinstance(kernel, int)
        and isinstance(padding, int)
        and not node.type.startswith(("MaxPool", "AvgPool", "LPPool"))
    ):
        yield context.set_fix(problem, "padding", padding + -(-(window - extent) // 2))
    dilation = node.params.get("dilation", 1)
    if dilation == 1:
        yield context.set_fix(problem, "kernel_size", extent)
    else:
        yield context.set_fix(problem, "dilation", 1)


def transpose_factor(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The last two axes of the second matrix swapped, or of the first."""
    node = context.node(problem.node)
    for port in ("other", "input"):
        for edge in context.edges_into(node.id, port):
            edits = context.insert_on(edge, ("Transpose", "swapped", {"dim0": -1, "dim1": -2}))
            yield Fix("insert_transpose", edits, {"source": context.node(edge.source).name})


def fit_width(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A dense layer of the width that is wanted before the port."""
    node, port = context.node(problem.node), str(problem.fields["port"])
    for edge in context.edges_into(node.id, port):
        edits = context.insert_on(edge, ("Linear", "widened", {"out_features": problem.fields["expected"]}))
        fields = {"source": context.node(edge.source).name, "target": node.name}
        yield Fix("insert_skip_linear", edits, fields)


JOIN_REPAIRS: Final[Mapping[str, Repair]] = {
    "shape.differ": fit_joined,
    "shape.concat": fit_joined,
    "shape.window": fit_window,
    "shape.matmul": transpose_factor,
    "shape.widths": fit_width,
}
