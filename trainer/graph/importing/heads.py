"""Multi-head attention in a draft: linear layers whose features are shared out among heads, and one behind them.

Exporters cut, turn and stack the features in ways of their own. So numbers are sent through: every feature of every
step carries its own, and where they come out says which rows of the weights are the queries, keys and values.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
import torch

from trainer.graph.importing.draft import Array, Draft, Wire
from trainer.graph.importing.report import Unfit
from trainer.graph.modules import call_layer
from trainer.graph.order import useful_nodes
from trainer.graph.parts import Edge, Graph, Node
from trainer.graph.precheck import infer_values
from trainer.graph.shapes import TensorSpec
from trainer.layers.registry import CATALOGUE

MOVES: Final = frozenset(
    {"Reshape", "Flatten", "Unflatten", "Permute", "Transpose", "Squeeze", "Unsqueeze", "Select", "Split", "Slice"}
)
ATTENTION: Final = "ScaledDotProductAttention"


def put_heads(draft: Draft) -> None:
    """Put a MultiheadAttention in place of each attention of the draft that has its linear layers around it."""
    for node in list(draft.nodes.values()):
        if node.type == ATTENTION:
            with suppress(Unfit):  # then it stays as it is
                _Around(draft, node).put()


@dataclass(frozen=True, slots=True)
class _Source:
    """A linear layer that the attention reads, what that reads, and which of its rows go there."""

    linear: Node
    wire: Wire
    start: int


class _Around:
    """An attention with what stands around it and reaches an output."""

    def __init__(self, draft: Draft, node: Node) -> None:
        self._draft = draft
        self._node = node
        graph = Graph(tuple(draft.nodes.values()), tuple(draft.edges))
        useful = useful_nodes(graph, [each.id for each in graph.nodes if each.type == "Output"])
        self._into: dict[str, list[Edge]] = {}
        self._out_of: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            if edge.target in useful:
                self._into.setdefault(edge.target, []).append(edge)
                self._out_of.setdefault(edge.source, []).append(edge)

    def put(self) -> None:
        """Raises `Unfit` where the layers around it are not those of multi-head attention."""
        edges = self._into.get(self._node.id, [])
        ports = {edge.target_port: Wire(edge.source, edge.source_port) for edge in edges}
        if not ports:
            raise Unfit("nothing depends on it")
        query, value = (self._draft.spec(ports[port]).shape for port in ("query", "value"))
        if len(query) != 3 or query[::2] != value[::2]:
            raise Unfit("it has no heads")
        sources = [self._source(ports[port]) for port in ("query", "key", "value")]
        last = self._last()
        heads, _, size = query
        inputs = [source.wire for source in sources]
        widths = {self._draft.spec(wire).shape[-1] for wire in inputs} | {last.params["out_features"], heads * size}
        if len(widths) != 1:
            raise Unfit("its widths differ")
        given = {"query": inputs[:1]}
        if len(set(inputs)) > 1:
            given |= {"key": inputs[1:2], "value": inputs[2:]}
        if "mask" in ports:
            given["mask"] = [ports["mask"]]
        weights = self._weights(sources, last, heads * size)
        params = {
            "num_heads": heads,
            "bias": "in_proj_bias" in weights,
            "is_causal": bool(self._node.params.get("is_causal", False)),
        }
        name = last.name.removesuffix("_out_proj")
        placed = self._draft.add("MultiheadAttention", given, params, name=name, weights=weights)
        self._draft.rewire(Wire(last.id), placed)

    def _source(self, wire: Wire) -> _Source:
        """Back from an input of the attention, [heads, steps, size], to the linear layer that it comes from."""
        heads, steps, size = self._draft.spec(wire).shape
        moves: list[Wire] = []
        while self._draft.nodes[wire.node].type in MOVES:
            moves.insert(0, wire)
            (edge,) = self._into[wire.node]
            wire = Wire(edge.source, edge.source_port)
        linear, width = self._draft.nodes[wire.node], self._draft.spec(wire).shape[-1]
        if linear.type != "Linear" or self._draft.spec(wire).shape != (steps, width):
            raise Unfit("it does not come from a linear layer")
        found = self._moved(moves, (steps, width))
        start = int(found[0, 0, 0])
        wanted = np.arange(steps)[:, None] * width + np.arange(heads * size) + start  # [steps, heads * size]
        if not np.array_equal(found, wanted.reshape(steps, heads, size).swapaxes(0, 1)):
            raise Unfit("its features are shared out in another way")
        (into,) = self._into[linear.id]
        return _Source(linear, Wire(into.source, into.source_port), start)

    def _last(self) -> Node:
        """The linear layer behind the attention that takes the features of all heads side by side."""
        heads, steps, size = shape = self._draft.spec(Wire(self._node.id)).shape
        moves: list[Wire] = []
        node = self._next(self._node)
        while node.type in MOVES:
            moves.append(Wire(node.id))
            node = self._next(node)
        if node.type != "Linear":
            raise Unfit("no linear layer is behind it")
        wanted = np.arange(heads * steps * size).reshape(shape).swapaxes(0, 1).reshape(steps, heads * size)
        if not np.array_equal(self._moved(moves, shape), wanted):
            raise Unfit("its heads are put together in another way")
        return node

    def _next(self, node: Node) -> Node:
        edges = self._out_of.get(node.id, [])
        if len(edges) != 1:
            raise Unfit("others read it too")
        return self._draft.nodes[edges[0].target]

    def _moved(self, moves: Sequence[Wire], shape: tuple[int, ...]) -> Array:
        """Where the numbers 0, 1, 2, ... of a tensor of `shape` come out of layers that only move them."""
        tensor = torch.arange(prod(shape)).reshape(1, *shape)
        for wire in moves:
            node = self._draft.nodes[wire.node]
            layer = CATALOGUE[node.type]
            specs = {"input": (TensorSpec(tuple(tensor.shape[1:]), "int64"),)}
            values = dict(node.params) | infer_values(layer, node.params, specs)
            used = frozenset(port.name for port in layer.output_ports(values))
            tensor = call_layer(layer, None, {"input": [tensor]}, values, used, tensor, training=False)[wire.port]
        moved: Array = tensor[0].numpy()
        return moved

    def _weights(self, sources: Sequence[_Source], last: Node, width: int) -> dict[str, Array]:
        rows = [self._rows(source, width) for source in sources]
        out = self._draft.weights_of(last)
        weights = {"in_proj_weight": np.concatenate([weight for weight, _ in rows]), "out_proj.weight": out["weight"]}
        biases = [*(bias for _, bias in rows), out.get("bias")]
        if any(bias is not None for bias in biases):
            *inner, outer = (np.zeros(width, dtype=np.float32) if bias is None else bias for bias in biases)
            weights |= {"in_proj_bias": np.concatenate(inner), "out_proj.bias": outer}
        return weights

    def _rows(self, source: _Source, width: int) -> tuple[Array, Array | None]:
        """The part of a linear layer's weights that makes the queries, the keys or the values."""
        weights = self._draft.weights_of(source.linear)
        part = slice(source.start, source.start + width)
        bias = weights.get("bias")
        return weights["weight"][part], None if bias is None else bias[part]
