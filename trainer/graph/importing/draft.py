"""A graph being put together node by node, each tried on the meta device as it is placed: every shape is known."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from trainer.errors import UserError
from trainer.graph.canonical import canonical_params
from trainer.graph.document import MAX_NODES
from trainer.graph.importing.report import Report, Unfit
from trainer.graph.importing.ties import tie
from trainer.graph.names import free_name, is_name
from trainer.graph.order import construction_order, useful_nodes
from trainer.graph.parts import Document, Edge, Graph, Node
from trainer.graph.precheck import infer_values, precheck
from trainer.graph.problems import localise
from trainer.graph.shapes import TensorSpec
from trainer.graph.trial import TrialCache
from trainer.layers.imported import UNKNOWN
from trainer.layers.registry import CATALOGUE
from trainer.messages.registry import render_message

Array = np.ndarray[Any, Any]
ROW, COLUMN = 72, 224  # between the cards of one rank and the next, and beside one another
MAX_NOTE: Final = 200
MAX_PLACED: Final = 2 * MAX_NODES  # what a layer was put in place of is left out in the end


@dataclass(frozen=True, slots=True)
class Wire:
    """An output port of a node."""

    node: str
    port: str = "output"


Inputs = Mapping[str, Sequence[Wire]]


@dataclass(slots=True)
class Draft:
    """Nodes and wires so far; `weights` are by node id and the names that torch gives them in the node's module."""

    report: Report
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    specs: dict[Wire, TensorSpec] = field(default_factory=dict)
    weights: dict[str, dict[str, Array]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _owners: dict[tuple[Any, ...], str] = field(default_factory=dict)
    _cache: TrialCache = field(default_factory=TrialCache)

    def add_input(self, name: str, spec: TensorSpec) -> Wire:
        node = self._place("Input", name, {"shape": list(spec.shape), "dtype": spec.dtype}, {})
        wire = Wire(node.id)
        self.specs[wire] = spec
        return wire

    def add_output(self, name: str, wire: Wire) -> None:
        self._place("Output", name, {}, {"input": [wire]})

    def add(
        self,
        layer_type: str,
        inputs: Inputs | Wire,
        params: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        weights: Mapping[str, Array] | None = None,
        key: tuple[Any, ...] | None = None,
        frozen: bool = False,
    ) -> Wire:
        """Place a layer and give its first output; raises `Unfit` where it does not take its inputs.

        Weights that come from one place (`key`) belong to one module: a second node with them shares the first one's.
        """
        layer = CATALOGUE.get(layer_type)
        if layer is None:
            raise Unfit(f"there is no layer {layer_type}")
        wires = (
            {"input": [inputs]} if isinstance(inputs, Wire) else {port: list(group) for port, group in inputs.items()}
        )
        if missing := [wire for group in wires.values() for wire in group if wire not in self.specs]:
            raise Unfit(f"the shape of {self.nodes[missing[0].node].name} is not known")
        ports_given = {port for port, group in wires.items() if group}
        if ports_given - {port.name for port in layer.inputs} or any(
            port.name not in ports_given for port in layer.inputs if not port.optional
        ):
            raise Unfit(f"{layer_type} takes other inputs")
        specs = {port: tuple(self.specs[wire] for wire in group) for port, group in wires.items() if group}
        values = {key: value for key, value in (params or {}).items() if layer.param(key) is not None}
        if unknown := set(params or {}) - set(values):
            raise Unfit(f"{layer_type} has no {', '.join(sorted(unknown))}")
        values = canonical_params(values, {param.name: param for param in layer.params})
        for param in layer.params:
            if param.name in values and not param.accepts(values[param.name]):
                raise Unfit(f"{layer_type} does not take its {param.name}")
        problem = precheck(layer_type, "", layer, values, specs)
        if problem is not None:
            raise Unfit(render_message(problem.code, "en", **localise(problem.fields, "en")))
        ports = layer.output_ports(values)
        complete = values | infer_values(layer, values, specs)
        trial = self._cache.try_layer(layer, complete, specs, frozenset(port.name for port in ports))
        if trial.failure is not None:
            raise Unfit(trial.failure.details or trial.failure.code)
        owner = self._owners.get((layer_type, repr(values), key)) if key is not None else None
        node = self._place(layer_type, name, values, wires, shares=owner, frozen=frozen)
        if owner is None:
            self._check_weights(node, weights or {}, trial.parameter_shapes)
            if key is not None:
                self._owners[layer_type, repr(values), key] = node.id
        for port, spec in trial.outputs.items():
            self.specs[Wire(node.id, port)] = spec
        return Wire(node.id, ports[0].name)

    def add_unknown(
        self, op: str, note: str, wires: Sequence[Wire], specs: Sequence[TensorSpec | None], *, name: str = ""
    ) -> list[Wire]:
        """Place a locked node that stands for `op`; what it gives is known as far as the file says so."""
        count = min(max(len(specs), 1), 64)
        params = {"op": op[:MAX_NOTE] or "?", "note": " ".join(note.split())[:MAX_NOTE], "outputs": count}
        node = self._place(UNKNOWN, name or op, params, {"inputs": list(wires)})
        given = [Wire(node.id, f"output_{number}") for number in range(count)]
        for wire, spec in zip(given, specs, strict=False):
            if spec is not None:
                self.specs[wire] = spec
        return given

    def spec(self, wire: Wire) -> TensorSpec:
        if wire not in self.specs:
            raise Unfit(f"the shape of {self.nodes[wire.node].name} is not known")
        return self.specs[wire]

    def rewire(self, old: Wire, new: Wire) -> None:
        """Let what reads `old` read `new`, which has the same shape."""
        for number, edge in enumerate(self.edges):
            if (edge.source, edge.source_port) == (old.node, old.port):
                self.edges[number] = replace(edge, source=new.node, source_port=new.port)

    def weights_of(self, node: Node) -> dict[str, Array]:
        """The weights of a node's module, though another node owns it."""
        return self.weights[node.shares or node.id]

    def document(self) -> Document:
        """What reaches an output, laid out from the top down; all of it where nothing does. Reports locked ones."""
        graph = Graph(tuple(self.nodes.values()), tuple(self.edges))
        ends = [node.id for node in graph.nodes if node.type == "Output"]
        kept = (
            useful_nodes(graph, ends) | {node.id for node in graph.nodes if node.type == "Input"}
            if ends
            else set(self.nodes)
        )
        kept |= {node.shares for node in graph.nodes if node.id in kept and node.shares}
        nodes = tuple(node for node in graph.nodes if node.id in kept)
        edges = tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept)
        if len(nodes) > MAX_NODES:
            raise UserError("import.too_many_layers", limit=MAX_NODES)
        for node in nodes:
            if node.type == UNKNOWN:
                note = node.params["note"] or "-"
                self.report.say("error", "unknown_op_line", op=node.params["op"], name=node.name, note=note)
        nodes = tuple(tie(nodes, self.weights))
        if any(node.ties for node in nodes):
            self.report.say("info", "tied", names=", ".join(node.name for node in nodes if node.ties)[:200])
        places = _places(Graph(nodes, edges))
        return Document(Graph(tuple(replace(node, position=places[node.id]) for node in nodes), edges))

    def state_dict(self, document: Document) -> dict[str, Array]:
        """The weights of the nodes that `document` has, by their names in its network."""
        found: dict[str, Array] = {}
        for node in document.nodes:
            for param, array in self.weights.get(node.id, {}).items():
                found[f"{node.name}.{param}" if param else node.name] = np.ascontiguousarray(array)
        return found

    def _check_weights(self, node: Node, weights: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Weights of another shape than the layer's would only be found out when it trains."""
        bare = CATALOGUE[node.type].weight is not None
        for param, array in weights.items():
            expected = shapes.get("weight" if bare else param)
            if expected is not None and tuple(array.shape) != tuple(expected):
                self._take_back(node)
                raise Unfit(f"{param or 'weight'} has the shape {list(array.shape)}, expected {list(expected)}")
        if weights:
            self.weights[node.id] = dict(weights)

    def _take_back(self, node: Node) -> None:
        del self.nodes[node.id]
        self._names.discard(node.name)
        self.edges = [edge for edge in self.edges if edge.target != node.id]

    def _place(
        self,
        node_type: str,
        name: str,
        params: Mapping[str, Any],
        inputs: Inputs,
        *,
        shares: str | None = None,
        frozen: bool = False,
    ) -> Node:
        if len(self.nodes) >= MAX_PLACED:
            raise UserError("import.too_many_layers", limit=MAX_NODES)
        node = Node(
            id=f"n{len(self.nodes) + 1}",
            name=free_name(_name(name, node_type), self._names),
            type=node_type,
            params=dict(params),
            shares=shares,
            frozen=frozen,
        )
        self._names.add(node.name)
        self.nodes[node.id] = node
        for port, wires in inputs.items():
            many = node_type == UNKNOWN or any(p.variadic for p in CATALOGUE[node_type].inputs if p.name == port)
            for index, wire in enumerate(wires):
                edge_id = f"e{len(self.edges) + 1}"
                self.edges.append(Edge(edge_id, wire.node, node.id, wire.port, port, index if many else None))
        return node


def _name(wanted: str, node_type: str) -> str:
    """A name for a node out of whatever the file calls it; that of its type where nothing is left of it."""
    for text in (wanted, node_type):
        name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:50]
        if is_name(name):
            return name
        if is_name(f"{name}_1"):
            return f"{name}_1"
    return "layer"


def _places(graph: Graph) -> dict[str, tuple[float, float]]:
    """Below all that a node reads, beside what stands there already."""
    sources: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        sources[edge.target].append(edge.source)
    ranks: dict[str, int] = {}
    for node_id in construction_order(graph):
        ranks[node_id] = 1 + max((ranks[source] for source in sources[node_id]), default=-1)
    taken: Counter[int] = Counter()
    places: dict[str, tuple[float, float]] = {}
    for node in graph.nodes:
        rank = ranks[node.id]
        places[node.id] = (taken[rank] * COLUMN, rank * ROW)
        taken[rank] += 1
    return places
