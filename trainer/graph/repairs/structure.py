"""Repairs of how a graph is put together: its wires, names, ends, repeats and shared weights."""

from collections.abc import Iterator, Mapping
from typing import Final

from trainer.graph.edits import connect, disconnect, remove_node, set_key, set_param
from trainer.graph.names import free_name
from trainer.graph.order import construction_order, cycle_members, reachable
from trainer.graph.parts import Edge, Node
from trainer.graph.problems import Fix, Problem
from trainer.graph.repairs.context import Repair, RepairContext
from trainer.layers.registry import CATALOGUE


def remove_edge(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Take the wire away that leads nowhere, or that comes second."""
    edge = context.edge(problem.edge)
    yield Fix("remove_edge", (disconnect(edge.id),))
    yield from _remove_sources([edge], context)


def remove_optional(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Take all wires from the ports that the node can do without, or from the one of them that is named."""
    node = context.node(problem.node)
    named = problem.fields.get("port")
    ports = [port.name for port in CATALOGUE[node.type].inputs if port.optional and named in (None, port.name)]
    edges = [edge for port in ports for edge in context.edges_into(node.id, port)]
    if edges:
        fields = {"name": node.name, "port": ", ".join(dict.fromkeys(edge.target_port for edge in edges))}
        yield Fix("remove_edges", tuple(disconnect(edge.id) for edge in edges), fields)
        yield from _remove_sources(edges, context)


def remove_other_edges(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Leave a port as many wires as it takes; where there are too few, leave it none."""
    node, port = context.node(problem.node), str(problem.fields["port"])
    edges = context.edges_into(node.id, port)
    expected = int(problem.fields["expected"])
    surplus = edges[expected:] if len(edges) > expected else edges
    fields = {"name": node.name, "port": port}
    yield Fix("remove_edges", tuple(disconnect(edge.id) for edge in surplus), fields)
    yield from _remove_sources(surplus, context)


def _remove_sources(edges: list[Edge], context: RepairContext) -> Iterator[Fix]:
    """With the wires the nodes that nothing else reads, where nothing reaches them: they would be left over."""
    ids = {edge.id for edge in edges}
    loose = [
        node
        for node in context.graph.nodes
        if node.id in {edge.source for edge in edges}
        and not context.edges_into(node.id)
        and all(edge.id in ids for edge in context.edges_out_of(node.id))
    ]
    if loose:
        edits = [disconnect(edge.id) for edge in edges] + [remove_node(node.id) for node in loose]
        yield Fix("remove_node", tuple(edits), {"name": ", ".join(node.name for node in loose)})


def break_cycle(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Take away one wire of the circle that the node can do without."""
    members = cycle_members(context.graph, construction_order(context.graph))
    for edge in context.edges_into(context.node(problem.node).id):
        if edge.source in members:
            fields = {"source": context.node(edge.source).name, "target": context.node(edge.target).name}
            yield Fix("break_cycle", (disconnect(edge.id),), fields)


def rename(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """The same name with a number that is free."""
    node = context.node(problem.node)
    name = free_name(node.name, context.names)
    yield Fix("rename", (set_key(node.id, "name", name),), {"name": name})


def connect_missing(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Wire the nearest node above whose output is not read yet; failing that, the nearest above."""
    target = context.node(problem.node)
    neighbours: dict[str, list[str]] = {}
    for edge in context.graph.edges:
        neighbours.setdefault(edge.source, []).append(edge.target)
    below = reachable([target.id], neighbours)
    read = {(edge.source, edge.source_port) for edge in context.graph.edges}
    candidates = [
        (output in read, _distance(node, target), output)
        for node in context.graph.nodes
        if node.id not in below
        for output in first_output(node, context)
    ]
    for _, _, (source, port) in sorted(candidates)[:3]:
        wire = {"id": next(context.free_ids()), "source": source, "source_port": port, "target": target.id}
        yield Fix(
            "connect_missing",
            (connect({**wire, "target_port": problem.fields["port"]}),),
            {"source": context.node(source).name, "target": target.name},
        )


def remove_unused(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """Take a node away that nothing reads."""
    node = context.node(problem.node)
    if not context.edges_out_of(node.id):
        yield Fix("remove_node", (remove_node(node.id),), {"name": node.name})


def drop_key(key: str) -> Repair:
    """A node without `repeat` or `ties`."""

    def repair(problem: Problem, context: RepairContext) -> Iterator[Fix]:
        node = context.node(problem.node)
        yield Fix(f"drop_{key}", (set_key(node.id, key, None),), {"name": node.name})

    return repair


def own_weights(problem: Problem, context: RepairContext) -> Iterator[Fix]:
    """A node that shares no weights, with the settings of the one with which it did."""
    node = context.node(problem.node)
    owner = next((one for one in context.graph.nodes if one.id == node.shares and one.type == node.type), None)
    given = owner.params if owner is not None and not node.params else {}
    settings = [set_param(node.id, name, value) for name, value in given.items()]
    yield Fix("drop_shares", (set_key(node.id, "shares", None), *settings), {"name": node.name})


def first_output(node: Node, context: RepairContext) -> list[tuple[str, str]]:
    """The first output of a node, as (id, port), where it has one."""
    if node.block:
        ports = context.document.blocks[node.block].port_names("BlockOutput")
    else:
        ports = tuple(port.name for port in CATALOGUE[node.type].output_ports(node.params))
    return [(node.id, ports[0])] if ports else []


def _distance(node: Node, target: Node) -> float:
    return abs(node.position[1] - target.position[1]) + abs(node.position[0] - target.position[0])


STRUCTURE_REPAIRS: Final[Mapping[str, Repair]] = {
    "edge.dangling": remove_edge,
    "port.taken": remove_edge,
    "port.missing": connect_missing,
    "port.count": remove_other_edges,
    "graph.cycle": break_cycle,
    "name.duplicate": rename,
    "node.unused": remove_unused,
    "repeat.shape": drop_key("repeat"),
    "repeat.unfit": drop_key("repeat"),
    "share.unfit": own_weights,
    "tie.unfit": drop_key("ties"),
    "shape.state": remove_optional,
    "shape.mask": remove_optional,
}
