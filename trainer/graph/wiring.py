"""Which ports a node has, which edges count, and what each input port receives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from trainer.graph.order import edge_order
from trainer.graph.parts import Block, Edge, Graph, Node
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Port
from trainer.training.catalogue import LOSSES

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
