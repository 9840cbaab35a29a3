"""Edits of a document in its own vocabulary, as fixes carry them: add, remove, set, connect, disconnect."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

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
    """Set what is not a parameter: `name`, `repeat`, `shares`; null takes it away."""
    return {"op": "set", "node": node_id, "key": key, "value": value}


def connect(edge: Mapping[str, Any]) -> Edit:
    return {"op": "connect", "edge": dict(edge)}


def disconnect(edge_id: str) -> Edit:
    return {"op": "disconnect", "edge": edge_id}


def apply_edits(document: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """The JSON of `document` with `edits` applied in order; `document` itself is left as it is."""
    edited: dict[str, Any] = deepcopy(dict(document))
    for edit in edits:
        _apply(edited, edit)
    return edited


def _apply(document: dict[str, Any], edit: Edit) -> None:
    match edit["op"]:
        case "add":
            document["nodes"].append(dict(edit["node"]))
        case "remove":
            gone = edit["node"]
            document["nodes"] = [node for node in document["nodes"] if node["id"] != gone]
            document["edges"] = [edge for edge in document["edges"] if gone not in (edge["source"], edge["target"])]
        case "set":
            node = next(node for node in document["nodes"] if node["id"] == edit["node"])
            holder, key = (node["params"], edit["param"]) if "param" in edit else (node, edit["key"])
            if edit.get("value") is None:
                holder.pop(key, None)
            else:
                holder[key] = edit["value"]
        case "connect":
            document["edges"].append(dict(edit["edge"]))
        case "disconnect":
            document["edges"] = [edge for edge in document["edges"] if edge["id"] != edit["edge"]]
