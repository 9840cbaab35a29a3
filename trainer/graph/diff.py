"""What changed from one document to another: nodes, wires and blocks, never what is for the eye alone.

Nodes are the same where their ids are, so a rename is a change and not a new node. Nothing here imports torch.
"""

from collections import defaultdict
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from trainer.graph.canonical import canonical_params
from trainer.graph.order import edge_order
from trainer.graph.parts import BLOCK_PREFIX, Block, Document, Edge, Graph, Node
from trainer.graph.values import block_param_form
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import REQUIRED, Param

JSON = dict[str, Any]
PLAIN_FIELDS = ("type", "name", "repeat", "shares", "frozen")


def diff(one: Document, other: Document) -> JSON:
    """What there is to do to `one` to have `other`; empty lists everywhere where both are one network.

    Nodes inside a block that both have stand under ``block:NAME/ID``; of a block that only one has, its name says all.
    """
    nodes: dict[str, list[JSON]] = {"added": [], "removed": [], "changed": []}
    edges: dict[str, list[JSON]] = {"added": [], "removed": []}
    kept = [name for name in one.blocks if name in other.blocks]
    pairs = [("", one.graph, other.graph)]
    pairs += [(f"{BLOCK_PREFIX}{name}/", one.blocks[name].graph, other.blocks[name].graph) for name in kept]
    for prefix, before, after in pairs:
        _compare_nodes(prefix, (before, one), (after, other), nodes)
        _compare_edges(prefix, before, after, edges)
    blocks: dict[str, list[JSON]] = {
        "added": [{"name": name} for name in other.blocks if name not in one.blocks],
        "removed": [{"name": name} for name in one.blocks if name not in other.blocks],
        "changed": [
            {"name": name, "fields": fields}
            for name in kept
            if (fields := changed_fields(_block_fields(one.blocks[name]), _block_fields(other.blocks[name])))
        ],
    }
    return {"nodes": nodes, "edges": edges, "blocks": blocks}


def brief(changes: JSON, *, most: int = 3) -> JSON:
    """A difference in a line: how much of each kind, and the first names; of what changed, with the field.

    Wires of nodes that came or went go without saying.
    """
    nodes, blocks = changes["nodes"], changes["blocks"]
    changed = [
        f"{entry['name']}.{field['field'].removeprefix('params.')}"
        for entry in [*blocks["changed"], *nodes["changed"]]
        for field in entry["fields"]
    ]
    names = {kind: [entry["name"] for entry in [*blocks[kind], *nodes[kind]]] for kind in ("added", "removed")} | {
        "changed": changed
    }
    come_or_gone = {node["path"] for kind in ("added", "removed") for node in nodes[kind]}
    wires = [
        edge
        for kind in ("added", "removed")
        for edge in changes["edges"][kind]
        if not come_or_gone & {edge["source"], edge["target"]}
    ]
    return {
        **{kind: {"count": len(found), "names": found[:most]} for kind, found in names.items()},
        "num_rewired": len(wires),
    }


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[JSON]:
    """The entries of two flat mappings that differ; what one side lacks is None there."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        {"field": name, "before": before.get(name), "after": after.get(name)}
        for name in names
        if _differ(before.get(name), after.get(name))
    ]


def flat_settings(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings with a dotted name each: ``{"optimizer": {"type": ..}}`` -> ``{"optimizer.type": ..}``."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat |= flat_settings(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _differ(one: Any, other: Any) -> bool:
    """1 and 1.0 are one number; true and 1 are not one value."""
    return bool(one != other) or isinstance(one, bool) is not isinstance(other, bool)


def _compare_nodes(
    prefix: str, before: tuple[Graph, Document], after: tuple[Graph, Document], found: dict[str, list[JSON]]
) -> None:
    (one, one_document), (other, other_document) = before, after
    old, new = ({node.id: node for node in graph.nodes} for graph in (one, other))
    found["added"] += [_named(prefix, node) for node in other.nodes if node.id not in old]
    found["removed"] += [_named(prefix, node) for node in one.nodes if node.id not in new]
    for node in one.nodes:
        if node.id in new:
            fields = _node_changes(node, new[node.id], one_document, other_document)
            if fields:
                found["changed"].append({**_named(prefix, new[node.id]), "fields": fields})


def _named(prefix: str, node: Node) -> JSON:
    return {"path": prefix + node.id, "name": node.name, "type": node.type}


def _node_changes(one: Node, other: Node, before: Document, after: Document) -> list[JSON]:
    plain = changed_fields(
        {name: getattr(one, name) for name in PLAIN_FIELDS}, {name: getattr(other, name) for name in PLAIN_FIELDS}
    )
    ties = changed_fields(
        {f"ties.{param}": list(owner) for param, owner in one.ties.items()},
        {f"ties.{param}": list(owner) for param, owner in other.ties.items()},
    )
    params = changed_fields(_params(one, before), _params(other, after))
    if one.type == other.type:
        defaults = _defaults(one, before)
        params = changed_fields(defaults | _params(one, before), defaults | _params(other, after))
    return [*plain, *ties, *params]


def _forms(node: Node, document: Document) -> dict[str, Param]:
    if node.block:
        return {param.name: block_param_form(param) for param in document.blocks[node.block].params}
    return {param.name: param for param in CATALOGUE[node.type].params}


def _params(node: Node, document: Document) -> dict[str, Any]:
    return {f"params.{name}": value for name, value in canonical_params(node.params, _forms(node, document)).items()}


def _defaults(node: Node, document: Document) -> dict[str, Any]:
    forms = _forms(node, document).values()
    return {f"params.{form.name}": None if form.default is REQUIRED else form.default for form in forms}


def _block_fields(block: Block) -> dict[str, Any]:
    return {f"params.{param.name}": [param.type, param.default] for param in block.params}


def _compare_edges(prefix: str, one: Graph, other: Graph, found: dict[str, list[JSON]]) -> None:
    """Wires by the port they end in; where several do, their order counts, and not the numbers that give it."""
    old, new = _by_port(one), _by_port(other)
    old_names, new_names = ({node.id: node.name for node in graph.nodes} for graph in (one, other))
    for port in [*old, *(port for port in new if port not in old)]:
        before, after = old.get(port, []), new.get(port, [])
        one_row, other_row = ([(edge.source, edge.source_port) for edge in group] for group in (before, after))
        rows = SequenceMatcher(a=one_row, b=other_row, autojunk=False)
        for action, start, end, new_start, new_end in rows.get_opcodes():
            if action != "equal":
                found["removed"] += [_edge_json(prefix, edge, old_names) for edge in before[start:end]]
                found["added"] += [_edge_json(prefix, edge, new_names) for edge in after[new_start:new_end]]


def _by_port(graph: Graph) -> Mapping[tuple[str, str], list[Edge]]:
    ports: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in sorted(graph.edges, key=edge_order):
        ports[edge.target, edge.target_port].append(edge)
    return ports


def _edge_json(prefix: str, edge: Edge, names: Mapping[str, str]) -> JSON:
    """A wire by the paths of its ends, with their names, as a person reads it."""
    return {
        "source": prefix + edge.source,
        "source_name": names.get(edge.source, edge.source),
        "source_port": edge.source_port,
        "target": prefix + edge.target,
        "target_name": names.get(edge.target, edge.target),
        "target_port": edge.target_port,
        "index": edge.index,
    }
