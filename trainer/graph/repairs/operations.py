"""Repairs of the parameters of operations: lists with as many entries as there are axes, parts that make the whole."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import Repair, RepairContext
from trainer.graph.repairs.params import allowed_value, axis, reset_param


def fit_parts(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The sizes of the parts with the last one such that all make the whole."""
    sizes = list(context.node(problem.node).params.get("sizes") or [])
    whole = int(problem.fields["expected"])
    for kept in range(len(sizes) - 1, -1, -1):
        rest = whole - sum(sizes[:kept])
        if rest > 0:
            yield context.set_fix(problem, "sizes", [*sizes[:kept], rest])
            return


def fit_index(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The last entry of the axis in place of what lies beyond it; of a list, only there."""
    param, last = str(problem.param), int(problem.fields["expected"])
    given = context.node(problem.node).params.get(param)
    yield context.set_fix(problem, param, [min(i, last) for i in given] if isinstance(given, list | tuple) else last)


def fit_copies(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A number of copies for each axis: one where none was named."""
    copies = list(context.node(problem.node).params.get("repeats") or [])
    count = int(problem.fields["expected"])
    yield context.set_fix(problem, "repeats", [*[1] * (count - len(copies)), *copies][-count:])


def fit_pad(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many numbers as there are sides to pad; nothing where no number of them fits."""
    pad = list(context.node(problem.node).params.get("pad") or [])
    count = max((int(number) for number in str(problem.fields["expected"]).split("/") if number.isdigit()), default=0)
    kept = [*pad, 0][: len(pad) + len(pad) % 2]
    if count == 0:
        return
    yield context.set_fix(problem, "pad", [*kept, *[0] * count][: min(count, max(2, len(kept)))])
    yield context.set_fix(problem, "pad", [*kept, *[0] * count][:count])


def no_pad(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Nothing cut off, and no side padded by more than the mode allows."""
    pad = context.node(problem.node).params.get("pad")
    most = problem.fields.get("expected")
    limit = int(most) if isinstance(most, int) else 10**6
    if isinstance(pad, list | tuple):
        yield context.set_fix(problem, "pad", [min(max(0, entry), limit) for entry in pad])


def squeeze_other(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """An axis that has one place; where there is none, no Squeeze."""
    node = context.node(problem.node)
    edges = context.edges_into(node.id)
    spec = context.spec(edges[0]) if len(edges) == 1 else None
    if spec is None:
        return
    for number, size in enumerate(spec.shape, start=1):
        if size == 1:
            yield context.set_fix(problem, "dim", number)
    yield Fix("remove_node", context.bypass(node), {"name": node.name})


def fit_sizes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many sizes as there are axes to resize."""
    sizes: Any = context.node(problem.node).params.get("size")
    count = int(problem.fields["expected"])
    if isinstance(sizes, list | tuple) and sizes:
        yield context.set_fix(problem, "size", [*sizes, *[sizes[-1]] * count][:count])


def first_named(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The first of the values that the sentence names."""
    for choice in str(problem.fields["expected"]).split(", ")[:1]:
        yield context.set_fix(problem, str(problem.param), choice)


def unset(*params: str) -> Repair:
    """Several parameters back to their defaults at once."""

    def repair(problem: Problem, context: RepairContext) -> Iterator[Fix]:
        node = context.node(problem.node)
        given = [param for param in params if param in node.params]
        for chosen in [*([name] for name in given), given]:
            edits = tuple(context.setting(node, name) for name in chosen)
            yield Fix("reset_param", edits, {"name": node.name, "param": ", ".join(chosen)})

    return repair


OPERATION_REPAIRS: Final[Mapping[str, Repair]] = {
    "param.axes": axis(-1),
    "param.index": fit_index,
    "param.chunks": allowed_value,
    "param.sizes": fit_parts,
    "param.repeats": fit_copies,
    "param.pad": fit_pad,
    "param.pad_axes": fit_pad,
    "param.pad_size": no_pad,
    "param.pad_empty": no_pad,
    "param.size_axes": fit_sizes,
    "param.size_or_factor": unset("scale_factor"),
    "param.mode": first_named,
    "param.align_corners": unset("align_corners"),
    "param.order": reset_param,
    "shape.squeeze": squeeze_other,
    "shape.too_small": unset("padding", "output_padding", "dilation"),
    "shape.empty_slice": unset("start", "end"),
}
