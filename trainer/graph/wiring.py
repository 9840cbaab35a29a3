"""Which ports a node has, which edges count, and what each input port receives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trainer.graph.order import edge_order
from trainer.graph.parts import Block, Edge, Graph, Node
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Port
from trainer.training.catalogue import LOSSES

ENDS = ("Output", "BlockOutput")


@dataclass(frozen=True, slots=True)
class Source:
    """An output port of a node."""

    node: str
    port: str


@dataclass(frozen=True, slots=True)
class Wiring:
    """The edges of a graph that join ports that exist: by target node and port, in their order.

    `dangling` name a node or port that does not exist; `taken` are second edges into a port for one.
    """

    inputs: Mapping[str, Mapping[str, list[Edge]]]
    used: Mapping[str, frozenset[str]]
    dangling: tuple[Edge, ...]
    taken: tuple[Edge, ...]

    def sources(self, node_id: str) -> dict[str, list[Source]]:
        """What each input port of a node receives."""
        return {
            port: [Source(edge.source, edge.source_port) for edge in edges]
            for port, edges in self.inputs.get(node_id, {}).items()
        }


def input_ports(node: Node, blocks: Mapping[str, Block]) -> tuple[Port, ...]:
    """The input ports of a node: those of its layer, or of the block it uses; an Output's follow from its loss."""
    if node.block:
        return tuple(Port(name) for name in blocks[node.block].port_names("BlockInput"))
    loss = LOSSES.get((node.params.get("loss") or {}).get("type", "")) if node.type == "Output" else None
    if loss is None:
        return CATALOGUE[node.type].inputs
    return tuple(Port(name) for name in loss.inputs) + ((Port("target", optional=True),) if loss.target else ())


def output_ports(node: Node, blocks: Mapping[str, Block], values: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the output ports of a node whose parameters have these values."""
    if node.block:
        return blocks[node.block].port_names("BlockOutput")
    return tuple(port.name for port in CATALOGUE[node.type].output_ports(values))


def wire(graph: Graph, blocks: Mapping[str, Block], values: Callable[[Node], Mapping[str, Any]]) -> Wiring:
    """Sort the edges of `graph` by the ports they reach; `values` gives the parameters of a node."""
    takes = {node.id: {port.name: port for port in input_ports(node, blocks)} for node in graph.nodes}
    gives = {node.id: output_ports(node, blocks, values(node)) for node in graph.nodes}
    inputs: dict[str, dict[str, list[Edge]]] = {node.id: {} for node in graph.nodes}
    used: dict[str, set[str]] = {node.id: set() for node in graph.nodes}
    dangling, taken = [], []
    for edge in sorted(graph.edges, key=edge_order):
        port = takes.get(edge.target, {}).get(edge.target_port)
        if port is None or edge.source_port not in gives.get(edge.source, ()):
            dangling.append(edge)
            continue
        arriving = inputs[edge.target].setdefault(edge.target_port, [])
        if arriving and not port.variadic:
            taken.append(edge)
            continue
        arriving.append(edge)
        used[edge.source].add(edge.source_port)
    return Wiring(inputs, {node: frozenset(ports) for node, ports in used.items()}, tuple(dangling), tuple(taken))
