"""What a graph document is made of: nodes, edges, blocks and notes, and how each is written as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

FORMAT: Final = 1
BLOCK_PREFIX: Final = "block:"


@dataclass(frozen=True, slots=True)
class Node:
    """One placed layer, or one use of a block (`type` is then ``block:NAME``)."""

    id: str
    name: str
    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    position: tuple[float, float] = (0, 0)
    label: str = ""
    repeat: int = 1
    shares: str | None = None
    ties: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    frozen: bool = False
    color: str = ""
    collapsed: bool = False
    note: str = ""

    @property
    def block(self) -> str | None:
        """The name of the block this node uses, if it uses one."""
        return self.type.removeprefix(BLOCK_PREFIX) if self.type.startswith(BLOCK_PREFIX) else None

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"id": self.id, "name": self.name, "type": self.type, "params": dict(self.params)}
        data["position"] = list(self.position)
        if self.repeat > 1:
            data["repeat"] = self.repeat
        if self.ties:
            data["ties"] = {param: list(owner) for param, owner in self.ties.items()}
        for key in ("label", "shares", "frozen", "color", "collapsed", "note"):
            if value := getattr(self, key):
                data[key] = value
        return data


@dataclass(frozen=True, slots=True)
class Edge:
    """From an output port to an input port; `index` orders the edges of a port that takes many."""

    id: str
    source: str
    target: str
    source_port: str = "output"
    target_port: str = "input"
    index: int | None = None

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "id": self.id,
            "source": self.source,
            "source_port": self.source_port,
            "target": self.target,
            "target_port": self.target_port,
        }
        if self.index is not None:
            data["index"] = self.index
        return data


@dataclass(frozen=True, slots=True)
class Note:
    """A text on the canvas; it never reaches the code."""

    id: str
    text: str
    position: tuple[float, float] = (0, 0)
    size: tuple[float, float] = (240, 60)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "text": self.text, "position": list(self.position), "size": list(self.size)}


@dataclass(frozen=True, slots=True)
class BlockParam:
    """A parameter of a block, which its nodes take as ``{"$": name}``."""

    name: str
    type: str
    default: Any

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type, "default": self.default}


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges: the top of the document, or the inside of a block."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    def node(self, node_id: str) -> Node:
        return next(node for node in self.nodes if node.id == node_id)


@dataclass(frozen=True, slots=True)
class Block:
    """A composite of nodes that can be placed like a layer; BlockInput and BlockOutput nodes are its ports."""

    graph: Graph
    params: tuple[BlockParam, ...] = ()

    def port_names(self, node_type: str) -> tuple[str, ...]:
        """The names of the ports that are nodes of `node_type`, in the order of their ids."""
        return tuple(node.name for node in sorted(self.graph.nodes, key=lambda n: n.id) if node.type == node_type)

    def to_json(self) -> dict[str, Any]:
        return {
            "params": [param.to_json() for param in self.params],
            "nodes": [node.to_json() for node in self.graph.nodes],
            "edges": [edge.to_json() for edge in self.graph.edges],
        }


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document in the newest format."""

    graph: Graph = Graph()
    blocks: Mapping[str, Block] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self.graph.nodes

    @property
    def edges(self) -> tuple[Edge, ...]:
        return self.graph.edges

    def graphs(self) -> Iterator[tuple[str, Graph]]:
        """The top graph under "", then each block's under its name."""
        yield "", self.graph
        for name, block in self.blocks.items():
            yield name, block.graph

    def with_nodes(self, nodes: Mapping[str, Node]) -> "Document":
        """The same document with the given top-level nodes in place of those of the same id."""
        return replace(self, graph=replace(self.graph, nodes=tuple(nodes.get(node.id, node) for node in self.nodes)))

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "nodes": [node.to_json() for node in self.nodes],
            "edges": [edge.to_json() for edge in self.edges],
            "blocks": {name: block.to_json() for name, block in self.blocks.items()},
            "notes": [note.to_json() for note in self.notes],
        }
