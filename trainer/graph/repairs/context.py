"""What a repair may look at, and the edits that several repairs are made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from trainer.data.columns import DataFacts
from trainer.graph.edits import Edit, add_node, connect, disconnect, set_param, unset_param, within
from trainer.graph.infer import NodeReport
from trainer.graph.names import free_name
from trainer.graph.parts import Document, Edge, Graph, Node
from trainer.graph.problems import Fix, Problem
from trainer.graph.shapes import TensorSpec
from trainer.graph.values import is_reference

# The parameter that says how wide the last axis, or the channels, of a layer's output are.
SIZES: Final = {
    "Linear": "out_features",
    "Bilinear": "out_features",
    "Embedding": "embedding_dim",
    "Conv1d": "out_channels",
    "Conv2d": "out_channels",
    "Conv3d": "out_channels",
    "RNN": "hidden_size",
    "GRU": "hidden_size",
    "LSTM": "hidden_size",
}
ROWS: Final = {"Linear": "out_features", "Embedding": "num_embeddings"}  # says how many rows its weights have
MAX_SIZING: Final = 3


@dataclass(frozen=True, slots=True)
class RepairContext:
    """One graph with a problem, what was inferred of it, and the data set it is bound to, if any.

    The graph is the top one, or the inside of `block` at the place `path` ("n5/"); `parent` is where it is used.
    """

    document: Document
    reports: Mapping[str, NodeReport]
    facts: DataFacts | None
    path: str = ""
    block: str | None = None
    parent: "RepairContext | None" = None

    def at(self, problem: Problem) -> "RepairContext":
        """The context of the graph in which a problem lies."""
        context = self
        for node_id in (problem.node or problem.edge or "").split("/")[:-1]:
            path, block = f"{context.path}{node_id}/", context.node(node_id).block
            context = replace(context, path=path, block=block, parent=context)
        return context

    @property
    def graph(self) -> Graph:
        return self.document.graph if self.block is None else self.document.blocks[self.block].graph

    @property
    def names(self) -> set[str]:
        return {node.name for node in self.graph.nodes}

    def node(self, path: str | None) -> Node:
        """The node at the path of a problem, or with an id."""
        return self.graph.node(str(path).rpartition("/")[2])

    def edge(self, path: str | None) -> Edge:
        edge_id = str(path).rpartition("/")[2]
        return next(edge for edge in self.graph.edges if edge.id == edge_id)

    def edges_into(self, node_id: str, port: str | None = None) -> list[Edge]:
        """The edges into a node, or one of its ports, in their order."""
        edges = [e for e in self.graph.edges if e.target == node_id and port in (None, e.target_port)]
        return sorted(edges, key=lambda edge: (edge.target_port, edge.index or 0))

    def edges_out_of(self, node_id: str) -> list[Edge]:
        return [edge for edge in self.graph.edges if edge.source == node_id]

    def spec(self, edge: Edge) -> TensorSpec | None:
        """What runs along an edge, where that is known."""
        report = self.reports.get(self.path + edge.source)
        return report.outputs.get(edge.source_port) if report else None

    def placed(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        """Edits of this graph, saying which block it is the inside of; those that say it already stay."""
        return tuple(_own(edit) if "block" in edit or not self.block else within(self.block, edit) for edit in edits)

    def setting(self, node: Node, param: str, value: Any = None) -> Edit:
        """The edit that gives a parameter its value, or with None its default.

        Where the node takes it from the block it is in, the edit is one of the node that uses the block.
        """
        given = node.params.get(param)
        if is_reference(given) and self.parent is not None:
            outer = self.parent.node(self.path.rstrip("/"))
            edit = self.parent.setting(outer, given["$"], value)
            return edit if "block" in edit else {**edit, "block": self.parent.block}
        return unset_param(node.id, param) if value is None else set_param(node.id, param, value)

    def resized_with_ties(self, node: Node, param: str, value: Any) -> tuple[Edit, ...]:
        """The edits that give `node` as many rows of weights as `value` says, and whoever has the same weights too."""
        edits = [self.setting(node, param, value)]
        for other in self.graph.nodes:
            bound = [
                owner for tied, owner in ((node, other), (other, node)) if (owner.id, "weight") in tied.ties.values()
            ]
            if bound and other.id != node.id and other.type in ROWS:
                edits.append(self.setting(other, ROWS[other.type], value))
        return tuple(edits)

    def set_fix(self, problem: Problem, param: str, value: Any) -> Fix:
        """The fix that sets a parameter of the node with the problem."""
        node = self.node(problem.node)
        fields = {"name": node.name, "param": param, "value": value}
        return Fix("set_param", (self.setting(node, param, value),), fields)

    def free_ids(self) -> Iterator[str]:
        """Ids that no node or edge has."""
        taken = {node.id for node in self.graph.nodes} | {edge.id for edge in self.graph.edges}
        number = len(taken)
        while True:
            number += 1
            if f"x{number}" not in taken:
                yield f"x{number}"

    def insert_on(self, edge: Edge, *layers: tuple[str, str, Mapping[str, Any]]) -> tuple[Edit, ...]:
        """The edits that put new nodes (type, name, parameters) in a row on an edge, between its ends."""
        ids, names = self.free_ids(), self.names
        (x, y), (to_x, to_y) = (self.node(end).position for end in (edge.source, edge.target))
        edits: list[Edit] = [disconnect(edge.id)]
        source, source_port = edge.source, edge.source_port
        for number, (node_type, wanted, params) in enumerate(layers, start=1):
            part = number / (len(layers) + 1)
            name = free_name(wanted, names)
            names.add(name)
            place = [x + (to_x - x) * part, y + (to_y - y) * part]
            node = {"id": next(ids), "name": name, "type": node_type, "params": dict(params), "position": place}
            wire = {"id": next(ids), "source": source, "source_port": source_port, "target": node["id"]}
            edits += [add_node(node), connect({**wire, "target_port": "input"})]
            source, source_port = str(node["id"]), "output"
        last = {"id": next(ids), "source": source, "source_port": source_port, "target": edge.target}
        index = {} if edge.index is None else {"index": edge.index}
        edits.append(connect({**last, "target_port": edge.target_port, **index}))
        return tuple(edits)

    def bypass(self, node: Node) -> tuple[Edit, ...]:
        """The edits that take a node with one input out of its place: what fed it feeds what it fed."""
        (feeding,) = self.edges_into(node.id)
        ids = self.free_ids()
        edits: list[Edit] = [{"op": "remove", "node": node.id}]
        for edge in self.edges_out_of(node.id):
            wire = {**edge.to_json(), "id": next(ids), "source": feeding.source, "source_port": feeding.source_port}
            edits.append(connect(wire))
        return tuple(edits)

    def sizing_nodes(self, node_id: str) -> Iterator[tuple[Node, str]]:
        """The layers that decide how wide what reaches a node is, with the parameter that says it; nearest first."""
        ahead, seen, found = [node_id], set(), 0
        nodes = {node.id: node for node in self.graph.nodes}
        while ahead and found < MAX_SIZING:
            current = ahead.pop(0)
            if current in seen or current not in nodes:
                continue
            seen.add(current)
            if current != node_id and nodes[current].type in SIZES:
                found += 1
                yield nodes[current], SIZES[nodes[current].type]
            else:
                ahead += [edge.source for edge in self.edges_into(current)]


Repair = Callable[[Problem, RepairContext], Iterator[Fix]]


def _own(edit: Edit) -> Edit:
    """An edit without the mark that it is one of the top graph."""
    return {key: value for key, value in edit.items() if key != "block" or value is not None}
