"""Which edits may repair which problem. They are proposals: `trainer.graph.fixes` keeps those that hold."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from trainer.graph.edits import connect, disconnect, set_key, set_param, unset_param
from trainer.graph.names import free_name
from trainer.graph.order import cycle_members, reachable
from trainer.graph.problems import Fix, Problem
from trainer.graph.repair_context import RepairContext
from trainer.graph.shape_repairs import SHAPE_REPAIRS
from trainer.layers.registry import CATALOGUE

Repair = Callable[[Problem, RepairContext], Iterator[Fix]]
LOSSES_BY_KIND: Final = {"category": "CrossEntropyLoss", "number": "MSELoss"}


def remove_edge(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Take the wire away that leads nowhere, or that comes second."""
    yield Fix("remove_edge", (disconnect(str(problem.edge)),))


def break_cycle(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Take away one wire of the circle that the node can do without."""
    members = cycle_members(context.document.graph)
    for edge in context.edges_into(str(problem.node)):
        if edge.source in members:
            fields = {"source": context.node(edge.source).name, "target": context.node(edge.target).name}
            yield Fix("break_cycle", (disconnect(edge.id),), fields)


def rename(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The same name with a number that is free."""
    taken = {node.name for node in context.document.nodes}
    name = free_name(str(problem.fields["name"]), taken)
    yield Fix("rename", (set_key(str(problem.node), "name", name),), {"name": name})


def connect_missing(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Wire the nearest node above whose output is not read yet; failing that, the nearest above."""
    document, target = context.document, context.node(problem.node)
    neighbours: dict[str, list[str]] = {}
    for edge in document.edges:
        neighbours.setdefault(edge.source, []).append(edge.target)
    below = reachable([target.id], neighbours)
    read = {(edge.source, edge.source_port) for edge in document.edges}
    candidates = [
        (
            output in read,
            abs(node.position[1] - target.position[1]) + abs(node.position[0] - target.position[0]),
            output,
        )
        for node in document.nodes
        if node.id not in below and not node.block and CATALOGUE[node.type].outputs
        for output in [(node.id, CATALOGUE[node.type].outputs[0].name)]
    ]
    for _, _, (source, port) in sorted(candidates)[:3]:
        wire = {"id": next(context.free_ids()), "source": source, "source_port": port, "target": target.id}
        yield Fix(
            "connect_missing",
            (connect({**wire, "target_port": problem.fields["port"]}),),
            {"source": context.node(source).name, "target": target.name},
        )


def reset_param(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Back to what the parameter is when nobody sets it."""
    fields = {"name": problem.fields["name"], "param": problem.param}
    yield Fix("reset_param", (unset_param(str(problem.node), str(problem.param)),), fields)


def into_range(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The nearest value that is allowed."""
    node = context.node(problem.node)
    form = None if node.block else CATALOGUE[node.type].param(str(problem.param))
    value = problem.fields["received"]
    if form is None:
        return
    for limit in (form.minimum, form.maximum):
        if limit is not None and isinstance(value, int | float) and not form.in_range(value):
            nearest = int(limit) if form.kind in ("int", "ints") else float(limit)
            if form.in_range(nearest):
                yield _set(problem, context, nearest)
    yield from reset_param(problem, context)


def divisor(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The number nearest to the one chosen that divides without a remainder."""
    whole = int(problem.fields.get("width", problem.fields.get("count", 1)))
    chosen = int(problem.fields["received"])
    divisors = [number for number in range(1, min(whole, 4096) + 1) if whole % number == 0]
    for number in sorted(divisors, key=lambda number: (abs(number - chosen), number))[:2]:
        yield _set(problem, context, number)


def set_stride(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A stride of one, with which "same" can be held."""
    fields = {"name": problem.fields["name"], "param": "stride", "value": 1}
    yield Fix("set_param", (set_param(str(problem.node), "stride", 1),), fields)


def allowed_value(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The value that the sentence expects."""
    yield _set(problem, context, problem.fields["expected"])


def last_axis(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The last axis instead of the batch."""
    yield _set(problem, context, -1)


def first_axis(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The first axis after the batch."""
    yield _set(problem, context, 1)


def take_data_shape(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The shape or type that the columns give."""
    edit = set_param(str(problem.node), str(problem.param), problem.fields["expected"])
    yield Fix("take_data", (edit,), {"name": problem.fields["name"]})


def choose_columns(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The one image column, or all number columns, or all categories that are no target."""
    if context.facts is None:
        return
    columns = [column for column in context.facts.columns.values() if column.name != context.facts.target]
    for kind in ("image", "number", "category"):
        names = [column.name for column in columns if column.kind == kind]
        if names:
            chosen = names[:1] if kind == "image" else names
            fields = {"name": problem.fields["name"], "columns": ", ".join(chosen[:3])}
            edits = [set_param(str(problem.node), "columns", chosen)]
            edits += [unset_param(str(problem.node), param) for param in ("shape", "dtype")]
            yield Fix("choose_columns", tuple(edits), fields)
            return


def choose_target(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The target column of the data set."""
    if context.facts is not None and context.facts.target:
        fields = {"name": problem.fields["name"], "columns": context.facts.target}
        yield Fix("choose_columns", (set_param(str(problem.node), "columns", [context.facts.target]),), fields)


def choose_loss(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The usual loss for the kind of the target column."""
    names = context.node(problem.node).params.get("columns") or [context.facts.target if context.facts else None]
    column = context.facts.columns.get(names[0]) if context.facts else None
    if column is not None and column.kind in LOSSES_BY_KIND:
        loss = LOSSES_BY_KIND[column.kind]
        edit = set_param(str(problem.node), "loss", {"type": loss, "params": {}})
        yield Fix("choose_loss", (edit,), {"name": problem.fields["name"], "loss": loss})


def drop_metric(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The metrics without the one that does not fit."""
    metrics = [m for m in context.node(problem.node).params["metrics"] if m != problem.fields["metric"]]
    edit = set_param(str(problem.node), "metrics", metrics)
    yield Fix("drop_metric", (edit,), {"metric": problem.fields["metric"]})


def drop_key(key: str) -> Repair:
    """A node without `repeat`, `shares` or `ties`."""

    def repair(problem: Problem, context: RepairContext) -> Iterator[Fix]:
        yield Fix(f"drop_{key}", (set_key(str(problem.node), key, None),), {"name": problem.fields["name"]})

    return repair


def _set(problem: Problem, context: RepairContext, value: Any) -> Fix:
    fields = {"name": problem.fields["name"], "param": problem.param, "value": value}
    return Fix("set_param", (set_param(str(problem.node), str(problem.param), value),), fields)


REPAIRS: Final[Mapping[str, Repair]] = {
    "edge.dangling": remove_edge,
    "port.taken": remove_edge,
    "graph.cycle": break_cycle,
    "name.duplicate": rename,
    "port.missing": connect_missing,
    "param.follows": reset_param,
    "param.range": into_range,
    "param.heads": divisor,
    "param.groups": divisor,
    "param.same_stride": set_stride,
    "param.pool_padding": allowed_value,
    "param.slopes": allowed_value,
    "param.projection": reset_param,
    "param.padding_idx": allowed_value,
    "shape.last_axes": reset_param,
    "batch.mixed": last_axis,
    "batch.axis": first_axis,
    "input.shape": take_data_shape,
    "input.dtype": take_data_shape,
    "input.no_columns": choose_columns,
    "output.no_target": choose_target,
    "output.no_loss": choose_loss,
    "output.metric": drop_metric,
    "repeat.shape": drop_key("repeat"),
    "repeat.unfit": drop_key("repeat"),
    "share.unfit": drop_key("shares"),
    "tie.unfit": drop_key("ties"),
    **SHAPE_REPAIRS,
}
