"""The order in which nodes are built, run and written: topological, ties by id."""

import heapq
from collections.abc import Iterable, Mapping

from trainer.graph.parts import Edge, Graph


def edge_order(edge: Edge) -> tuple[str, str, int, str, str]:
    """The order of edges into one port, and of all edges in the canonical form."""
    return (edge.target, edge.target_port, edge.index or 0, edge.source, edge.source_port)


def construction_order(graph: Graph) -> list[str]:
    """The ids of the nodes that lie on no cycle and behind none, each after all that it reads."""
    ids = {node.id for node in graph.nodes}
    waiting = dict.fromkeys(ids, 0)
    readers: dict[str, list[str]] = {node_id: [] for node_id in ids}
    for source, target in {(e.source, e.target) for e in graph.edges if e.source in ids and e.target in ids}:
        waiting[target] += 1
        readers[source].append(target)
    ready = [node_id for node_id, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        node_id = heapq.heappop(ready)
        order.append(node_id)
        for reader in readers[node_id]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    return order


def cycle_members(graph: Graph, order: Iterable[str]) -> set[str]:
    """The ids of the nodes that reach themselves, none of which is in the construction `order`.

    What merely hangs behind a cycle is not among them.
    """
    left = {node.id for node in graph.nodes} - set(order)
    forward = _neighbours(left, ((e.source, e.target) for e in graph.edges))
    return {node_id for node_id in left if node_id in reachable(forward[node_id], forward)}


def useful_nodes(graph: Graph, ends: Iterable[str]) -> set[str]:
    """The ids of the nodes that reach one of `ends`, the ends with them."""
    ids = {node.id for node in graph.nodes}
    backward = _neighbours(ids, ((e.target, e.source) for e in graph.edges))
    return reachable(ends, backward)


def reachable(starts: Iterable[str], neighbours: Mapping[str, Iterable[str]]) -> set[str]:
    """`starts` and all that can be reached from them."""
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        node_id = ahead.pop()
        if node_id not in seen:
            seen.add(node_id)
            ahead.extend(neighbours.get(node_id, ()))
    return seen


def _neighbours(ids: set[str], pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    neighbours: dict[str, list[str]] = {node_id: [] for node_id in ids}
    for source, target in pairs:
        if source in ids and target in ids:
            neighbours[source].append(target)
    return neighbours
