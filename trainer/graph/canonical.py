"""The canonical form of a document and its hash: what decides the network, and nothing that is for the eye alone."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from trainer.graph.order import edge_order
from trainer.graph.parts import Document, Graph, Node
from trainer.graph.values import block_param_form, is_data, is_reference
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Param


def content_hash(document: Document) -> str:
    """SHA-256 (hex) over the canonical form. Moving or colouring a node keeps it; changing a parameter does not."""
    text = json.dumps(canonical_form(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_form(document: Document) -> dict[str, Any]:
    """Nodes and edges sorted, values normalised; no defaults, positions, notes, colours, labels or edge ids."""
    params = {
        name: {param.name: block_param_form(param) for param in block.params} for name, block in document.blocks.items()
    }
    blocks = {
        name: {
            "params": [[param.name, param.type, param.default] for param in block.params],
            **_canonical_graph(block.graph, params),
        }
        for name, block in document.blocks.items()
    }
    return {**_canonical_graph(document.graph, params), "blocks": blocks}


def canonical_params(params: Mapping[str, Any], forms: Mapping[str, Param]) -> dict[str, Any]:
    """`params` normalised, without those that are at their default."""
    canonical = {}
    for name, value in sorted(params.items()):
        form = forms[name]
        normal = value if is_reference(value) or is_data(value) else form.normalise(value)
        if normal != form.normalise(form.default) or isinstance(normal, bool) is not isinstance(form.default, bool):
            canonical[name] = normal
    return canonical


def _canonical_graph(graph: Graph, blocks: Mapping[str, Mapping[str, Param]]) -> dict[str, Any]:
    edges = sorted(graph.edges, key=edge_order)
    return {
        "nodes": [_canonical_node(node, blocks) for node in sorted(graph.nodes, key=lambda node: node.id)],
        "edges": [[e.source, e.source_port, e.target, e.target_port, e.index or 0] for e in edges],
    }


def _canonical_node(node: Node, blocks: Mapping[str, Mapping[str, Param]]) -> dict[str, Any]:
    forms = blocks[node.block] if node.block else {param.name: param for param in CATALOGUE[node.type].params}
    data: dict[str, Any] = {
        "id": node.id,
        "name": node.name,
        "type": node.type,
        "params": canonical_params(node.params, forms),
    }
    optional = {"repeat": node.repeat if node.repeat > 1 else None, "shares": node.shares, "frozen": node.frozen}
    data |= {key: value for key, value in optional.items() if value}
    if node.ties:
        data["ties"] = {param: list(owner) for param, owner in node.ties.items()}
    return data
