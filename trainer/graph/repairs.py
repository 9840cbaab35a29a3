"""Which edits may repair which problem. They are proposals: `trainer.graph.fixes` keeps those that hold."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from trainer.data.columns import DataFacts
from trainer.graph.edits import Edit, add_node, connect, disconnect, set_param
from trainer.graph.names import free_name
from trainer.graph.parts import Document, Edge, Node
from trainer.graph.problems import Fix, Problem

Repair = Callable[[Problem, Document, DataFacts | None], Iterator[Fix]]


def insert_flatten(problem: Problem, document: Document, facts: DataFacts | None) -> Iterator[Fix]:
    """A Flatten on the edge into the node."""
    node = document.graph.node(str(problem.node))
    edge = next((edge for edge in document.edges if edge.target == node.id), None)
    if edge is not None:
        yield Fix("insert_flatten", insert_on_edge(document, edge, "Flatten", "flat"), {"name": node.name})


def set_classes(problem: Problem, document: Document, facts: DataFacts | None) -> Iterator[Fix]:
    """As many features out of the last dense layer as the target has classes."""
    column, expected = problem.fields["column"], problem.fields["expected"]
    for node in _sizing_nodes(document, str(problem.node)):
        fields = {"name": node.name, "count": expected}
        yield Fix("set_classes", (set_param(node.id, "out_features", {"$data": f"{column}.num_classes"}),), fields)


def insert_on_edge(document: Document, edge: Edge, node_type: str, name: str, **params: Any) -> tuple[Edit, ...]:
    """The edits that put a new node on an edge."""
    ids = {node.id for node in document.nodes} | {edge.id for edge in document.edges}
    node_id = free_name("n1", ids)
    source, target = document.graph.node(edge.source), document.graph.node(edge.target)
    node = {
        "id": node_id,
        "name": free_name(name, {node.name for node in document.nodes}),
        "type": node_type,
        "params": params,
        "position": [(a + b) / 2 for a, b in zip(source.position, target.position, strict=True)],
    }
    first, second = free_name("e1", ids), free_name("e1", {*ids, free_name("e1", ids)})
    before = {"id": first, "source": edge.source, "source_port": edge.source_port, "target": node_id}
    after = {"id": second, "source": node_id, "source_port": "output", "target": edge.target}
    index = {} if edge.index is None else {"index": edge.index}
    return (
        add_node(node),
        disconnect(edge.id),
        connect({**before, "target_port": "input"}),
        connect({**after, "target_port": edge.target_port, **index}),
    )


def _sizing_nodes(document: Document, output: str) -> list[Node]:
    """The dense layers whose size an Output receives, nearest first."""
    nodes = {node.id: node for node in document.nodes}
    ahead, found, seen = [output], [], set()
    while ahead:
        node_id = ahead.pop(0)
        if node_id in seen:
            continue
        seen.add(node_id)
        if nodes[node_id].type == "Linear":
            found.append(nodes[node_id])
        else:
            ahead += [edge.source for edge in document.edges if edge.target == node_id and edge.source in nodes]
    return found


REPAIRS: Final[Mapping[str, Repair]] = {
    "shape.not_flat": insert_flatten,
    "output.classes": set_classes,
}
