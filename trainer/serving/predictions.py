"""Which part of a trained graph answers: the Outputs that predict, without losses, targets and what only those need."""

from dataclasses import replace

from trainer.errors import UserError
from trainer.graph.parts import Document, Edge, Node
from trainer.graph.wiring import input_ports


def prediction_document(document: Document) -> Document:
    """The document that is served: each Output that predicts gives what arrives at its first port, and nothing else.

    Nodes that reach no such Output stay in it and are left out when it is compiled. Raises `serving.no_prediction`.
    """
    first_ports = {
        node.id: input_ports(node, document.blocks)[0].name
        for node in document.nodes
        if node.type == "Output" and node.params.get("predict", True)
    }
    if not first_ports:
        raise UserError("serving.no_prediction")
    outputs = {node.id for node in document.nodes if node.type == "Output"}
    nodes = tuple(_plain(node) for node in document.nodes if node.id not in outputs or node.id in first_ports)
    edges = tuple(
        replace(edge, target_port="input") if edge.target in first_ports else edge
        for edge in document.edges
        if edge.target not in outputs or _arrives_first(edge, first_ports)
    )
    return replace(document, graph=replace(document.graph, nodes=nodes, edges=edges))


def _plain(node: Node) -> Node:
    return replace(node, params={}) if node.type == "Output" else node


def _arrives_first(edge: Edge, first_ports: dict[str, str]) -> bool:
    return first_ports.get(edge.target) == edge.target_port
