"""What a repair may look at, and the edits that several repairs are made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trainer.data.columns import DataFacts
from trainer.graph.edits import Edit, add_node, connect, disconnect
from trainer.graph.infer import NodeReport
from trainer.graph.names import free_name
from trainer.graph.parts import Document, Edge, Node
from trainer.graph.shapes import TensorSpec


@dataclass(frozen=True, slots=True)
class RepairContext:
    """The document with a problem, what was inferred of it, and the data set it is bound to, if any."""

    document: Document
    reports: Mapping[str, NodeReport]
    facts: DataFacts | None

    def node(self, node_id: str | None) -> Node:
        return self.document.graph.node(str(node_id))

    def edges_into(self, node_id: str, port: str | None = None) -> list[Edge]:
        """The edges into a node, or one of its ports, in their order."""
        edges = [e for e in self.document.edges if e.target == node_id and port in (None, e.target_port)]
        return sorted(edges, key=lambda edge: (edge.target_port, edge.index or 0))

    def spec(self, edge: Edge) -> TensorSpec | None:
        """What runs along an edge, where that is known."""
        report = self.reports.get(edge.source)
        return report.outputs.get(edge.source_port) if report else None

    def free_ids(self) -> Iterator[str]:
        """Ids that no node or edge has."""
        taken = {node.id for node in self.document.nodes} | {edge.id for edge in self.document.edges}
        number = len(taken)
        while True:
            number += 1
            if f"x{number}" not in taken:
                yield f"x{number}"

    def insert_on(self, edge: Edge, node_type: str, name: str, **params: Any) -> tuple[Edit, ...]:
        """The edits that put a new node on an edge, halfway between its ends."""
        ids = self.free_ids()
        node_id = next(ids)
        ends = (self.node(edge.source).position, self.node(edge.target).position)
        node = {
            "id": node_id,
            "name": free_name(name, {node.name for node in self.document.nodes}),
            "type": node_type,
            "params": params,
            "position": [(one + other) / 2 for one, other in zip(*ends, strict=True)],
        }
        index = {} if edge.index is None else {"index": edge.index}
        into = {"source": edge.source, "source_port": edge.source_port, "target": node_id, "target_port": "input"}
        out = {"source": node_id, "source_port": "output", "target": edge.target, "target_port": edge.target_port}
        return (
            add_node(node),
            disconnect(edge.id),
            connect({"id": next(ids), **into}),
            connect({"id": next(ids), **out, **index}),
        )

    def sizing_nodes(self, node_id: str) -> Iterator[Node]:
        """The dense layers whose size reaches a node through layers that keep it, nearest first."""
        ahead, seen = [node_id], set()
        nodes = {node.id: node for node in self.document.nodes}
        while ahead:
            current = ahead.pop(0)
            if current in seen or current not in nodes:
                continue
            seen.add(current)
            if nodes[current].type == "Linear":
                yield nodes[current]
            else:
                ahead += [edge.source for edge in self.edges_into(current)]
