"""Where what arrives at a node comes from, through the blocks on the way, whether it can be built yet or not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from trainer.graph.order import edge_order
from trainer.graph.parts import Block, Edge, Graph, Node
from trainer.graph.values import is_reference
from trainer.layers.registry import CATALOGUE

MAX_HOPS: Final = 64


@dataclass(frozen=True)
class Site:
    """One graph where it runs: the top one, or the inside of a block at the place where `user` uses it."""

    graph: Graph
    blocks: Mapping[str, Block]
    path: str = ""
    outer: "Site | None" = None
    user: Node | None = None

    @cached_property
    def nodes(self) -> dict[str, Node]:
        return {node.id: node for node in self.graph.nodes}

    @cached_property
    def edges_into(self) -> dict[tuple[str, str], Edge]:
        """The first edge into each port, by node and port."""
        found: dict[tuple[str, str], Edge] = {}
        for edge in sorted(self.graph.edges, key=edge_order):
            found.setdefault((edge.target, edge.target_port), edge)
        return found

    def inside(self, node: Node) -> "Site":
        """The site of the block that `node` uses."""
        assert node.block is not None
        return Site(self.blocks[node.block].graph, self.blocks, f"{self.path}{node.id}/", self, node)

    def all_places(self) -> Iterator["Place"]:
        """Every layer of the site and of the blocks in it."""
        for node in self.graph.nodes:
            if node.block:
                yield from self.inside(node).all_places()
            else:
                yield Place(self, node)

    def value(self, value: Any) -> Any:
        """A parameter's value, with that of the enclosing block put in."""
        if not is_reference(value) or self.user is None or self.outer is None:
            return value
        block = self.blocks[str(self.user.block)]
        default = next((param.default for param in block.params if param.name == value["$"]), None)
        return self.outer.value(self.user.params.get(value["$"], default))


@dataclass(frozen=True)
class Place:
    """One layer where it stands."""

    site: Site
    node: Node

    @property
    def path(self) -> str:
        return self.site.path + self.node.id

    @property
    def type(self) -> str:
        return self.node.type

    @property
    def family(self) -> str:
        return CATALOGUE[self.type].family

    def value(self, param: str) -> Any:
        """What a parameter is, set or by default."""
        form = CATALOGUE[self.type].param(param)
        return self.site.value(self.node.params.get(param, form.default if form else None))

    def edge(self, port: str = "input") -> Edge | None:
        """The wire into a port; the first where there are several."""
        return self.site.edges_into.get((self.node.id, port))

    def source(self, port: str = "input") -> "Place | None":
        """The layer whose output reaches a port, whether it stands inside a block or outside the one this is in."""
        site, edge = self.site, self.edge(port)
        for _ in range(MAX_HOPS):  # wires may go round in a circle
            node = site.nodes.get(edge.source) if edge is not None else None
            if node is None or edge is None:
                return None
            if node.block:
                site = site.inside(node)
                ends = (end for end in site.graph.nodes if end.type == "BlockOutput" and end.name == edge.source_port)
                end = next(ends, None)
                edge = site.edges_into.get((end.id, "input")) if end is not None else None
            elif node.type == "BlockInput" and site.outer is not None and site.user is not None:
                outer, user = site.outer, site.user
                site, edge = outer, outer.edges_into.get((user.id, node.name))
            else:
                return Place(site, node)
        return None
