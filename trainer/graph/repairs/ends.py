"""Repairs of the ends of a graph: what Inputs read, what Outputs learn, and how wide the last layer is."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trainer.data.columns import Column, DataFacts
from trainer.graph.edits import Edit, add_node, connect, set_param, unset_param
from trainer.graph.names import free_name
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import Repair, RepairContext
from trainer.graph.repairs.structure import first_output
from trainer.layers.registry import CATALOGUE
from trainer.methods.catalogue import LOSSES, METRICS

ROW: Final = 64  # a row of the canvas
LOSSES_BY_KIND: Final = {
    "category": ("CrossEntropyLoss", "BCEWithLogitsLoss"),
    "number": ("MSELoss",),
    "labels": ("BCEWithLogitsLoss",),
    "mask": ("CrossEntropyLoss",),
}


def take_data(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The shape or type that the columns give."""
    node = context.node(problem.node)
    edit = set_param(node.id, str(problem.param), problem.fields["expected"])
    yield Fix("take_data", (edit,), {"name": node.name})


def choose_columns(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The one image or text column, or all number columns, or all categories, that are no target."""
    node = context.node(problem.node)
    for chosen in _inputs_in(context.facts):
        edits = [set_param(node.id, "columns", chosen)]
        edits += [unset_param(node.id, param) for param in ("shape", "dtype")]
        yield Fix("choose_columns", tuple(edits), {"name": node.name, "columns": ", ".join(chosen[:3])})


def _inputs_in(facts: DataFacts | None) -> Iterator[list[str]]:
    """Columns that go into one Input, the likeliest first."""
    columns = [column for column in facts.columns.values() if column.name != facts.target] if facts else []
    for kind in ("image", "text", "number", "category"):
        names = [column.name for column in columns if column.kind == kind]
        if names:
            yield names[:1] if kind in ("image", "text") else names


def choose_target(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The target column of the data set, with the usual loss for it where there is none."""
    node, facts = context.node(problem.node), context.facts
    if facts is not None and facts.target:
        fields = {"name": node.name, "columns": facts.target}
        edit = set_param(node.id, "columns", [facts.target])
        yield Fix("choose_columns", (edit,), fields)
        for loss in LOSSES_BY_KIND.get(facts.columns[facts.target].kind, ()):
            yield Fix("choose_columns", (edit, *with_loss(node.id, node.params, loss)), fields)


def choose_loss(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A usual loss for the kind of the target column; where it takes more, with a last layer as wide as it wants."""
    node = context.node(problem.node)
    column = _target(node.params, context.facts)
    if column is None:
        return
    for loss in LOSSES_BY_KIND.get(column.kind, ()):
        edits = with_loss(node.id, node.params, loss)
        fields = {"name": node.name, "loss": loss}
        yield Fix("choose_loss", edits, fields)
        for sizing, param in context.sizing_nodes(node.id):
            yield Fix("choose_loss", (*edits, context.setting(sizing, param, _width(column, loss))), fields)


def set_classes(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many features out of the last layer as the target has classes; or, of two, one score for both."""
    node = context.node(problem.node)
    column = _target(node.params, context.facts)
    for sizing, param in context.sizing_nodes(node.id):
        value = f"{column.name}.num_classes" if column else ""
        given = {"$data": value} if column and column.kind == "category" else problem.fields["expected"]
        fields = {"name": sizing.name, "count": problem.fields["expected"]}
        yield Fix("set_classes", (context.setting(sizing, param, given),), fields)
    if column is not None and problem.fields["expected"] == 2 and problem.fields["received"] == 1:
        fields = {"name": node.name, "loss": "BCEWithLogitsLoss"}
        yield Fix("choose_loss", with_loss(node.id, node.params, "BCEWithLogitsLoss"), fields)


def score_all_tokens(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many features out of the last layer as the text has tokens, with the table that it shares its weights with."""
    value = {"$data": f"{problem.fields['column']}.vocab_size"}
    for sizing, param in context.sizing_nodes(str(problem.node)):
        fields = {"name": sizing.name, "count": problem.fields["expected"]}
        yield Fix("set_classes", context.resized_with_ties(sizing, param, value), fields)


def set_width(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many features out of the last layer as the target has numbers; or the loss that takes two scores."""
    node = context.node(problem.node)
    expected = str(problem.fields["expected"]).rpartition("×")[2]
    for sizing, param in context.sizing_nodes(node.id):
        fields = {"name": sizing.name, "count": int(expected)}
        yield Fix("set_classes", (context.setting(sizing, param, int(expected)),), fields)
    column = _target(node.params, context.facts)
    if column is not None and column.kind == "category":
        fields = {"name": node.name, "loss": "CrossEntropyLoss"}
        yield Fix("choose_loss", with_loss(node.id, node.params, "CrossEntropyLoss"), fields)


def drop_metric(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The metrics without the one that does not fit."""
    node = context.node(problem.node)
    metrics = [metric for metric in node.params["metrics"] if metric != problem.fields["metric"]]
    yield Fix("drop_metric", (set_param(node.id, "metrics", metrics),), {"metric": problem.fields["metric"]})


def add_output(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """An Output below the lowest node that nobody reads, for the target of the data set if there is one."""
    read = {edge.source for edge in context.graph.edges}
    loose = [node for node in context.graph.nodes if node.id not in read and first_output(node, context)]
    column = _target({}, context.facts)
    losses = LOSSES_BY_KIND.get(column.kind, ()) if column else (None,)
    for last in sorted(loose, key=lambda node: (-node.position[1], node.id))[:1]:
        for loss in losses:
            ids = context.free_ids()
            end: dict[str, Any] = {"id": next(ids), "name": free_name("output", context.names), "type": "Output"}
            end["position"] = [last.position[0], last.position[1] + ROW]
            if column is not None:
                end["params"] = {"columns": [column.name], "loss": {"type": loss, "params": {}}}
            ((source, port),) = first_output(last, context)
            wire = {"id": next(ids), "source": source, "source_port": port, "target": end["id"]}
            edits = (add_node({"params": {}, **end}), connect({**wire, "target_port": "input"}))
            yield Fix("add_output", edits, {"name": last.name})


def add_input(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """An Input for the columns of the data set above the highest node that has nothing at its input."""
    fed = {(edge.target, edge.target_port) for edge in context.graph.edges}
    waiting = [
        (node.position[1], node.id, port.name)
        for node in context.graph.nodes
        if not node.block and node.type != "Output"
        for port in CATALOGUE[node.type].inputs[:1]
        if not port.optional and (node.id, port.name) not in fed
    ]
    for _, first, port_name in sorted(waiting)[:1]:
        node = context.node(first)
        for columns in _inputs_in(context.facts):
            ids = context.free_ids()
            start = {
                "id": next(ids),
                "name": free_name("input", context.names),
                "type": "Input",
                "params": {"columns": columns},
                "position": [node.position[0], node.position[1] - ROW],
            }
            wire = {"id": next(ids), "source": start["id"], "source_port": "output", "target": node.id}
            edits = (add_node(start), connect({**wire, "target_port": port_name}))
            yield Fix("add_input", edits, {"columns": ", ".join(columns[:3]), "name": node.name})


def _target(params: Mapping[str, Any], facts: DataFacts | None) -> Column | None:
    """The target column of an Output, or of the data set where it names none."""
    names = params.get("columns") or [facts.target if facts else None]
    return facts.columns.get(names[0]) if facts else None


def with_loss(node_id: str, params: Mapping[str, Any], loss: str) -> tuple[Edit, ...]:
    """The edits that give an Output a loss, and leave out the metrics that do not go with it."""
    edits = [set_param(node_id, "loss", {"type": loss, "params": {}})]
    metrics = list(params.get("metrics") or ())
    kept = [metric for metric in metrics if set(METRICS[metric].tasks) & set(LOSSES[loss].tasks)]
    if kept != metrics:
        edits.append(set_param(node_id, "metrics", kept))
    return tuple(edits)


def _width(column: Column, loss: str) -> Any:
    """How wide the last layer must be for a loss on a column."""
    return {"$data": f"{column.name}.num_classes"} if loss == "CrossEntropyLoss" else 1


END_REPAIRS: Final[Mapping[str, Repair]] = {
    "graph.no_output": add_output,
    "graph.no_input": add_input,
    "input.shape": take_data,
    "input.dtype": take_data,
    "input.no_columns": choose_columns,
    "output.no_target": choose_target,
    "output.no_loss": choose_loss,
    "output.metric": drop_metric,
    "output.classes": set_classes,
    "output.vocabulary": score_all_tokens,
    "output.width": set_width,
    "data.target_not_category": choose_loss,
    "data.target_not_number": choose_loss,
    "data.target_not_binary": choose_loss,
}
