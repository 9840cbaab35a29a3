"""Repairs of what an Output compares with: its origin, its number type, its shape, and the ports of its loss."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Final

from trainer.graph.edits import connect, disconnect, unset_param
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import Repair, RepairContext
from trainer.graph.repairs.ends import choose_columns, choose_loss, choose_target


def wire_target(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """What an Input reads as the target: the network then learns to give it back."""
    end = context.node(problem.node)
    for node in context.graph.nodes:
        if node.type == "Input":
            wire = {"id": next(context.free_ids()), "source": node.id, "source_port": "output", "target": end.id}
            fields = {"source": node.name, "target": end.name}
            yield Fix("connect_missing", (connect({**wire, "target_port": "target"}),), fields)


def one_target(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The target that is wired alone, or the column alone."""
    end = context.node(problem.node)
    for param in ("columns", "target"):
        if param in end.params:
            yield Fix("reset_param", (unset_param(end.id, param),), {"name": end.name, "param": param})
    wires = context.edges_into(end.id, "target")
    if wires:
        fields = {"name": end.name, "port": "target"}
        yield Fix("remove_edges", tuple(disconnect(edge.id) for edge in wires), fields)


def cast_target(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A Cast of the wired target to what the loss compares with."""
    end, dtype = context.node(problem.node), str(problem.fields["expected"])
    for edge in context.edges_into(end.id, "target"):
        edits = context.insert_on(edge, ("Cast", "cast", {"dtype": dtype}))
        yield Fix("insert_cast", edits, {"dtype": dtype})


def fit_target(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The answer in the shape of the target, or the last layer as wide as the target, or the target flat."""
    end = context.node(problem.node)
    for target in context.edges_into(end.id, "target"):
        wanted = context.spec(target)
        for edge in context.edges_into(end.id, "input"):
            spec = context.spec(edge)
            if wanted is None or spec is None or not wanted.shape:
                continue
            if prod(spec.shape) == prod(wanted.shape):
                shape = "×".join(map(str, wanted.shape))
                edits = context.insert_on(edge, ("Reshape", "reshaped", {"shape": list(wanted.shape)}))
                yield Fix("insert_reshape", edits, {"name": end.name, "shape": shape})
            for node, param in context.sizing_nodes(end.id):
                for size in dict.fromkeys((wanted.shape[-1], prod(wanted.shape), wanted.shape[0])):
                    edits = (context.setting(node, param, size),)
                    fields = {"name": node.name, "count": size}
                    yield Fix("set_classes", edits, fields)
                    if len(wanted.shape) > 1 and len(spec.shape) == 1:
                        flat = context.insert_on(target, ("Flatten", "flat", {}))
                        yield Fix("set_classes", (*edits, *flat), fields)


def same_ports(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A dense layer of the first port's width before the one that differs."""
    end = context.node(problem.node)
    edges = [edge for edge in context.edges_into(end.id) if edge.target_port != "target"]
    specs = [context.spec(edge) for edge in edges]
    for edge, spec in zip(edges[1:], specs[1:], strict=True):
        first = specs[0]
        if first is not None and spec is not None and spec.shape[:-1] == first.shape[:-1] and spec.shape != first.shape:
            edits = context.insert_on(edge, ("Linear", "widened", {"out_features": first.shape[-1]}))
            yield Fix("insert_skip_linear", edits, {"source": context.node(edge.source).name, "target": end.name})


def wire_for_column(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """What an Input reads as the target instead of the column; or a loss that takes one."""
    end = context.node(problem.node)
    for fix in wire_target(problem, context):
        yield replace(fix, edits=(unset_param(end.id, "columns"), *fix.edits))
    yield from choose_loss(problem, context)


def other_columns(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Columns that the data set has and that go into one Input; of an Output its target."""
    is_end = context.node(problem.node).type == "Output"
    yield from choose_target(problem, context) if is_end else choose_columns(problem, context)


TARGET_REPAIRS: Final[Mapping[str, Repair]] = {
    "output.no_wired_target": wire_target,
    "output.two_targets": one_target,
    "output.target_unused": one_target,
    "output.target_dtype": cast_target,
    "output.target_shape": fit_target,
    "output.ports_differ": same_ports,
    "data.no_column_target": wire_for_column,
    "data.target_not_counts": choose_loss,
    "data.no_column": other_columns,
    "data.unknown_column": other_columns,
    "data.mixed_kinds": other_columns,
    "data.one_column": other_columns,
}
