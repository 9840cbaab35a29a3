"""Which ports a node has, which edges count, and what each input port receives."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from trainer.graph.order import edge_order, reachable
from trainer.graph.parts import Block, Edge, Graph, Node
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Port
from trainer.methods.catalogue import LOSSES

ENDS = ("Output", "BlockOutput")


class Source(NamedTuple):
    """An output port of a node."""

    node: str
    port: str


@dataclass(frozen=True, slots=True)
class Wiring:
    """What each input port of each node receives, of the edges that join ports that exist, in their order.

    `dangling` name a node or port that does not exist; `taken` are second edges into a port for one.
    """

    sources: Mapping[str, Mapping[str, list[Source]]]
    dangling: tuple[Edge, ...]
    taken: tuple[Edge, ...]

    def without(self, ports: Collection[tuple[str, str]]) -> "Wiring":
        """The same where `ports`, by node and name, receive nothing."""
        if not ports:
            return self
        sources = {
            node: {port: group for port, group in inputs.items() if (node, port) not in ports}
            for node, inputs in self.sources.items()
        }
        return replace(self, sources=sources)


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
    layer = CATALOGUE[node.type]
    return tuple(port.name for port in layer.output_ports(values)) if layer.counted else _layer_outputs(node.type)


def unread_ports(graph: Graph, blocks: Mapping[str, Block]) -> frozenset[tuple[str, str]]:
    """The inputs of blocks, by node and port, from which no output of the block is reached."""
    known: dict[str, frozenset[str]] = {}
    return _unread_ports(graph, blocks, known)


def reaching(graph: Graph, unread: Collection[tuple[str, str]]) -> set[str]:
    """The ids of the nodes that reach an end of `graph`, the ends with them; what goes to an `unread` port does not."""
    backward: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        if edge.source in backward and edge.target in backward and (edge.target, edge.target_port) not in unread:
            backward[edge.target].append(edge.source)
    return reachable([node.id for node in graph.nodes if node.type in ENDS], backward)


def _unread_ports(
    graph: Graph, blocks: Mapping[str, Block], known: dict[str, frozenset[str]]
) -> frozenset[tuple[str, str]]:
    """`known` has the names of the inputs that a block does not read, by block, and is filled."""
    used = [(node.id, node.block) for node in graph.nodes if node.block]
    for name in {block for _, block in used} - known.keys():
        inside = blocks[name].graph
        reached = reaching(inside, _unread_ports(inside, blocks, known))
        inputs = [node for node in inside.nodes if node.type == "BlockInput" and reached]
        known[name] = frozenset(node.name for node in inputs if node.id not in reached)
    return frozenset((node_id, port) for node_id, block in used for port in known[block])


def wire(graph: Graph, blocks: Mapping[str, Block], values: Callable[[Node], Mapping[str, Any]]) -> Wiring:
    """Sort the edges of `graph` by the ports they reach; `values` gives the parameters of a node."""
    takes = {node.id: _ports_taking(node, blocks) for node in graph.nodes}
    gives = {node.id: output_ports(node, blocks, values(node)) for node in graph.nodes}
    sources: dict[str, dict[str, list[Source]]] = {node.id: {} for node in graph.nodes}
    dangling, taken = [], []
    for edge in sorted(graph.edges, key=edge_order):
        port = takes.get(edge.target, {}).get(edge.target_port)
        if port is None or edge.source_port not in gives.get(edge.source, ()):
            dangling.append(edge)
            continue
        arriving = sources[edge.target].setdefault(edge.target_port, [])
        if arriving and not port.variadic:
            taken.append(edge)
            continue
        arriving.append(Source(edge.source, edge.source_port))
    return Wiring(sources, tuple(dangling), tuple(taken))


def _ports_taking(node: Node, blocks: Mapping[str, Block]) -> Mapping[str, Port]:
    if node.type == "Output" or node.type not in CATALOGUE:
        return {port.name: port for port in input_ports(node, blocks)}
    return _layer_inputs(node.type)


@cache
def _layer_inputs(layer_type: str) -> Mapping[str, Port]:
    return {port.name: port for port in CATALOGUE[layer_type].inputs}


@cache
def _layer_outputs(layer_type: str) -> tuple[str, ...]:
    return tuple(port.name for port in CATALOGUE[layer_type].outputs)
