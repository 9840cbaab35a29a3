"""Repairs of what builds and runs and is a mistake nevertheless."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trainer.graph.edits import connect, disconnect, set_param
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.axes import change_type
from trainer.graph.repairs.context import Repair, RepairContext
from trainer.graph.repairs.ends import choose_columns, with_loss
from trainer.graph.repairs.params import reset_param

GROUPS: Final = (32, 16, 8, 4, 2)


def bypass(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Take the node out: what fed it feeds what it fed."""
    node = context.node(problem.node)
    if len(context.edges_into(node.id)) == 1:
        yield Fix("remove_node", context.bypass(node), {"name": node.name})


def insert_log_softmax(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A LogSoftmax before the Output; a Softmax that is there becomes one."""
    end = context.node(problem.node)
    for edge in context.edges_into(end.id, "input"):
        source = context.node(edge.source)
        if source.type == "Softmax":
            fields = {"name": source.name, "type": "LogSoftmax"}
            yield Fix("replace_layer", change_type(source, "LogSoftmax"), fields)
        else:
            edits = context.insert_on(edge, ("LogSoftmax", "log_softmax", {"dim": 1}))
            yield Fix("insert_log_softmax", edits, {"name": end.name})


def give_probabilities(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The loss that takes plain scores, or a Sigmoid before the Output."""
    end = context.node(problem.node)
    fields = {"name": end.name, "loss": "BCEWithLogitsLoss"}
    yield Fix("choose_loss", with_loss(end.id, end.params, "BCEWithLogitsLoss"), fields)
    for edge in context.edges_into(end.id, "input"):
        yield Fix("insert_sigmoid", context.insert_on(edge, ("Sigmoid", "sigmoid", {})), {"name": end.name})


def replace_norm(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A normalization that looks at one sample alone: by groups of channels, or over all numbers of a row."""
    node = context.node(problem.node)
    for edge in context.edges_into(node.id)[:1]:
        spec = context.spec(edge)
        if spec is None or not spec.shape:
            continue
        if len(spec.shape) > 1:
            groups = next((count for count in GROUPS if spec.shape[0] % count == 0 and spec.shape[0] > count), 1)
            edits = change_type(node, "GroupNorm", num_groups=groups)
            yield Fix("replace_layer", edits, {"name": node.name, "type": "GroupNorm"})
        yield Fix("replace_layer", change_type(node, "LayerNorm"), {"name": node.name, "type": "LayerNorm"})


def set_embeddings(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """As many entries as the column has indices, following the data set where it is one column."""
    node = context.node(problem.node)
    column, count = problem.fields["column"], problem.fields["expected"]
    fact = "vocab_size" if context.facts and context.facts.columns[column].kind == "text" else "cardinalities"
    value: Any = {"$data": f"{column}.{fact}"} if problem.fields["single"] and context.block is None else count
    edits = context.resized_with_ties(node, str(problem.param), value)
    yield Fix("set_embeddings", edits, {"name": node.name, "count": count})


def drop_column(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The columns of the Input without the one that is to be learned; where it has no other, those of the data set."""
    node = context.node(problem.node)
    kept = [name for name in node.params["columns"] if name != problem.fields["column"]]
    if kept:
        fields = {"column": problem.fields["column"]}
        yield Fix("drop_column", (set_param(node.id, "columns", kept),), fields)
    else:
        yield from choose_columns(problem, context)


def size_like_pooled(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """What the pooling that found the indices was given tells the size."""
    node = context.node(problem.node)
    for found in context.edges_into(node.id, "indices")[:1]:
        pool = context.node(found.source)
        for feeding in context.edges_into(pool.id, "input")[:1] if not pool.block else ():
            wire = {"id": next(context.free_ids()), "source": feeding.source, "source_port": feeding.source_port}
            edits = [disconnect(edge.id) for edge in context.edges_into(node.id, "like")]
            edits.append(connect({**wire, "target": node.id, "target_port": "like"}))
            yield Fix("size_like", tuple(edits), {"name": node.name, "source": pool.name})


HABIT_REPAIRS: Final[Mapping[str, Repair]] = {
    "advice.softmax_before_loss": bypass,
    "advice.relu_before_loss": bypass,
    "advice.bounded_before_loss": bypass,
    "advice.last_dropout": bypass,
    "advice.activations": bypass,
    "advice.log_needed": insert_log_softmax,
    "advice.probability_needed": give_probabilities,
    "advice.dropout_unused": reset_param,
    "norm.one_value": replace_norm,
    "norm.one_sample": replace_norm,
    "norm.one_place": replace_norm,
    "shape.unpool_like": size_like_pooled,
    "shape.unpool_size": size_like_pooled,
    "shape.unpool_cut": size_like_pooled,
    "embed.range": set_embeddings,
    "data.leak": drop_column,
}
