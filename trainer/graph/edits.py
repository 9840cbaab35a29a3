"""Edits of a document in its own vocabulary, as fixes carry them: add, remove, set, connect, disconnect.

Each is an edit of the top graph or, with a `block`, of the inside of that block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trainer.graph.document import number_edges, parse_edge, parse_node
from trainer.graph.fields import Fields
from trainer.graph.parts import Block, Document, Graph, Node

Edit = Mapping[str, Any]


def add_node(node: Mapping[str, Any]) -> Edit:
    return {"op": "add", "node": dict(node)}


def remove_node(node_id: str) -> Edit:
    """Its edges go with it."""
    return {"op": "remove", "node": node_id}


def set_param(node_id: str, param: str, value: Any) -> Edit:
    return {"op": "set", "node": node_id, "param": param, "value": value}


def unset_param(node_id: str, param: str) -> Edit:
    """Back to the default: a `set` without a value."""
    return {"op": "set", "node": node_id, "param": param}


def set_key(node_id: str, key: str, value: Any) -> Edit:
    """Set what is not a parameter: `name`, `type`, `repeat`, `shares`; null takes it away."""
    return {"op": "set", "node": node_id, "key": key, "value": value}


def connect(edge: Mapping[str, Any]) -> Edit:
    return {"op": "connect", "edge": dict(edge)}


def disconnect(edge_id: str) -> Edit:
    return {"op": "disconnect", "edge": edge_id}


def within(block: str, edit: Edit) -> Edit:
    """The same edit inside a block."""
    return {**edit, "block": block}


def apply_edits(document: Document, edits: Sequence[Edit]) -> Document:
    """`document` with `edits` applied in order, read as strictly as a document is; raises `UserError` like it.

    What no edit touches stays as it is, so that an edit of a large document costs little.
    """
    for name in dict.fromkeys(edit.get("block") for edit in edits):
        own = [edit for edit in edits if edit.get("block") == name]
        if name is None:
            document = replace(document, graph=_edit_graph(document.graph, own, None, document.blocks))
        else:
            block = document.blocks[name]
            edited = replace(block, graph=_edit_graph(block.graph, own, block, document.blocks))
            document = replace(document, blocks={**document.blocks, name: edited})
    return document


def _edit_graph(graph: Graph, edits: Sequence[Edit], block: Block | None, blocks: Mapping[str, Block]) -> Graph:
    nodes = {node.id: node for node in graph.nodes}
    edges = {edge.id: edge for edge in graph.edges}
    # After all edits a node must be readable; between a new type and its parameters it need not be.
    changed: dict[str, dict[str, Any]] = {}
    for edit in edits:
        match edit["op"]:
            case "add":
                changed[edit["node"]["id"]] = dict(edit["node"])
            case "remove":
                gone = edit["node"]
                nodes.pop(gone, None)
                changed.pop(gone, None)
                edges = {key: edge for key, edge in edges.items() if gone not in (edge.source, edge.target)}
            case "set":
                if edit["node"] not in changed:
                    changed[edit["node"]] = nodes[edit["node"]].to_json()
                _set(changed[edit["node"]], edit)
            case "connect":
                edge = parse_edge(Fields(edit["edge"], "edge"))
                edges[edge.id] = edge
            case "disconnect":
                edges.pop(edit["edge"], None)
    nodes |= {node_id: _read(data, block, blocks) for node_id, data in changed.items()}
    return Graph(tuple(nodes.values()), number_edges(tuple(nodes.values()), tuple(edges.values())))


def _set(node: dict[str, Any], edit: Edit) -> None:
    holder, key = (node["params"], edit["param"]) if "param" in edit else (node, edit["key"])
    if edit.get("value") is None:
        holder.pop(key, None)
    else:
        holder[key] = edit["value"]


def _read(data: Mapping[str, Any], block: Block | None, blocks: Mapping[str, Block]) -> Node:
    return parse_node(Fields(data, f"nodes.{data['id']}"), block, blocks)
