"""What is wrong with a graph that needs no torch to be seen: its structure, and parameters out of range."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import trainer.messages.advice
import trainer.messages.importing
import trainer.messages.problems  # noqa: F401 - registers the sentences of the problems made here
from trainer.graph.order import construction_order, cycle_members
from trainer.graph.parts import Block, Graph, Node
from trainer.graph.problems import Problem
from trainer.graph.values import block_param_form, data_parts, is_data, is_reference
from trainer.graph.wiring import ENDS, Wiring, input_ports, reaching, unread_ports, wire
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Param


@dataclass(frozen=True, slots=True)
class Scope:
    """One graph being looked at: the top one, or a block at the place where it is used.

    `path` is put before the ids of its nodes ("n5/"); `values` are those of the block's parameters.
    """

    graph: Graph
    blocks: Mapping[str, Block]
    path: str = ""
    values: Mapping[str, Any] | None = None

    def param_forms(self, node: Node) -> Sequence[Param]:
        if node.block:
            return [block_param_form(param) for param in self.blocks[node.block].params]
        return CATALOGUE[node.type].params

    def literal_params(self, node: Node) -> Mapping[str, Any]:
        """The parameters a node sets, with those of the enclosing block put in; data values stay as they are."""
        own = self.values
        if own is None:
            return node.params
        return {name: own[value["$"]] if is_reference(value) else value for name, value in node.params.items()}


@dataclass(frozen=True, slots=True)
class Structure:
    """A scope after its check: its wiring, the order of construction, the nodes that count, and what is wrong."""

    wiring: Wiring
    order: Sequence[str]
    useful: frozenset[str]
    problems: tuple[Problem, ...]
    broken: frozenset[str]


def check_scope(scope: Scope) -> Structure:
    """Every structural problem of one graph; `broken` are the ids of the nodes that cannot be tried."""
    wiring = wire(scope.graph, scope.blocks, scope.literal_params)
    order = construction_order(scope.graph)
    unread = unread_ports(scope.graph, scope.blocks)
    has_ends = any(node.type in ENDS for node in scope.graph.nodes)
    problems = [
        *_edge_problems(scope, wiring),
        *_name_problems(scope),
        *_cycle_problems(scope, order),
        *_port_problems(scope, wiring),
        *_param_problems(scope),
        *_sharing_problems(scope),
    ]
    useful = frozenset(reaching(scope.graph, unread))
    if has_ends:
        problems += _unused_problems(scope, useful)
    length = len(scope.path)
    broken = frozenset(p.node[length:] for p in problems if p.node and p.severity == "error")
    return Structure(wiring.without(unread), order, useful, tuple(problems), broken)


def _edge_problems(scope: Scope, wiring: Wiring) -> Iterator[Problem]:
    names = {node.id: node.name for node in scope.graph.nodes}
    for edge in wiring.dangling:
        fields = {"source": names.get(edge.source, edge.source), "target": names.get(edge.target, edge.target)}
        ports = {"source_port": edge.source_port, "target_port": edge.target_port}
        yield Problem(code="edge.dangling", edge=scope.path + edge.id, fields={**fields, **ports})
    for edge in wiring.taken:
        fields = {"name": names[edge.target], "port": edge.target_port}
        yield Problem(code="port.taken", node=scope.path + edge.target, edge=scope.path + edge.id, fields=fields)


def _name_problems(scope: Scope) -> Iterator[Problem]:
    counts = Counter(node.name for node in scope.graph.nodes)
    seen: set[str] = set()
    for node in sorted(scope.graph.nodes, key=lambda node: node.id):
        if counts[node.name] > 1 and node.name in seen:
            yield Problem(code="name.duplicate", node=scope.path + node.id, param="name", fields={"name": node.name})
        seen.add(node.name)


def _cycle_problems(scope: Scope, order: Sequence[str]) -> Iterator[Problem]:
    members = cycle_members(scope.graph, order)
    if not members:
        return
    names = ", ".join(sorted(node.name for node in scope.graph.nodes if node.id in members))
    for node in scope.graph.nodes:
        if node.id in members:
            yield Problem(
                code="graph.cycle", node=scope.path + node.id, fields={"name": node.name, "members": names[:200]}
            )


def _port_problems(scope: Scope, wiring: Wiring) -> Iterator[Problem]:
    for node in scope.graph.nodes:
        for port in input_ports(node, scope.blocks):
            arriving = len(wiring.sources[node.id].get(port.name, ()))
            fields = {"name": node.name, "type": node.type, "port": port.name}
            if not arriving and not port.optional:
                yield Problem(code="port.missing", node=scope.path + node.id, fields=fields)
            elif port.count is not None and arriving not in (0, port.count):
                counts = {"expected": port.count, "received": arriving}
                yield Problem(code="port.count", node=scope.path + node.id, fields={**fields, **counts})


def _unused_problems(scope: Scope, useful: frozenset[str]) -> Iterator[Problem]:
    for node in scope.graph.nodes:
        if node.id not in useful:
            fields = {"name": node.name, "type": node.type}
            yield Problem(code="node.unused", node=scope.path + node.id, severity="warning", fields=fields)


def _param_problems(scope: Scope) -> Iterator[Problem]:
    for node in scope.graph.nodes:
        if node.shares is not None and not node.params:
            continue
        values = scope.literal_params(node)
        for form in scope.param_forms(node):
            name = form.name
            is_set = name in values
            if not is_set and (not form.required or node.shares is not None):
                continue
            place: Any = {"node": scope.path + node.id, "param": name}
            fields = {"name": node.name, "type": node.type, "param": name}
            if not is_set:
                yield Problem(code="param.missing", **place, fields=fields)
                continue
            value = values[name]
            if is_data(value):
                column, fact = data_parts(value)
                yield Problem(code="data.unbound", **place, fields={**fields, "column": column, "fact": fact})
            elif not form.accepts(value):
                yield Problem(code="param.type", **place, fields={**fields, "received": repr(value)[:80]})
            elif not form.in_range(value):
                limits = {"expected": form.range_text(), "received": value}
                yield Problem(code="param.range", **place, fields={**fields, **limits})


def _ends_nowhere(nodes: Mapping[str, Node], node: Node, param: str) -> bool:
    """Whether a parameter is that of another, and so on, round in a circle: nobody owns it."""
    seen: set[tuple[str, str]] = set()
    place = (node.id, param)
    while (named := nodes.get(place[0])) is not None and param in named.ties:
        if place in seen:
            return True
        seen.add(place)
        place = named.ties[param]
        param = place[1]
    return False


def _sharing_problems(scope: Scope) -> Iterator[Problem]:
    nodes = {node.id: node for node in scope.graph.nodes}
    for node in scope.graph.nodes:
        fields = {"name": node.name}
        if node.shares is not None:
            owner = nodes.get(node.shares)
            fits = (
                owner is not None
                and owner.id != node.id
                and owner.type == node.type
                and owner.shares is None
                and (node.block or CATALOGUE[node.type].module)
                and (not node.params or dict(node.params) == dict(owner.params))
                and owner.repeat == node.repeat
                and not node.ties
            )
            if not fits:
                named = owner.name if owner else node.shares
                yield Problem(code="share.unfit", node=scope.path + node.id, fields={**fields, "owner": named})
        for param, (owner_id, _) in node.ties.items():
            owner = nodes.get(owner_id)
            one_each = owner is not None and owner.shares is None and owner.repeat == node.repeat == 1
            if owner is None or owner.id == node.id or not one_each or _ends_nowhere(nodes, node, param):
                named = owner.name if owner else owner_id
                yield Problem(
                    code="tie.unfit", node=scope.path + node.id, fields={**fields, "owner": named, "param": param}
                )
        if node.repeat > 1 and not node.block and not CATALOGUE[node.type].is_plain:
            yield Problem(code="repeat.unfit", node=scope.path + node.id, fields={**fields, "type": node.type})
