"""Making a document, a layer or random inputs from a catalogue entry's example."""

from typing import Any

import torch
from torch import Tensor

from trainer.graph.analysis import examine
from trainer.graph.document import Document, parse_document
from trainer.layers.spec import Layer

# What may make a layer give the shape that it takes, so that it can stand in a row.
KEEPING: tuple[dict[str, Any], ...] = (
    {},
    {"out_features": "last"},
    {"hidden_size": "last"},
    {"out_channels": "first", "kernel_size": 1},
    {"out_channels": "first", "kernel_size": 3, "padding": 1},
    {"kernel_size": 3, "stride": 1, "padding": 1},
)


def entry_document(
    layer: Layer,
    params: dict[str, Any] | None = None,
    *,
    outputs: bool = True,
    optional: bool = False,
    repeat: int = 1,
    shared: bool = False,
) -> Document:
    """A document around one node of `layer`: an Input for each of its inputs, an Output for each of its outputs.

    With `optional`, the other ports are wired too; with `shared`, a second node shares the module of the first.
    """
    made: dict[str, Any] = {"id": "m", "name": "made", "type": layer.type}
    made["params"] = {**layer.example.params, **(params or {})}
    nodes, edges = [made | ({"repeat": repeat} if repeat > 1 else {})], []
    inputs = {**layer.example.inputs, **(layer.example.optional if optional else {})}
    targets = ["m"]
    if shared:
        nodes.append({"id": "n", "name": "again", "type": layer.type, "params": {}, "shares": "m"})
        targets.append("n")
    for port, group in inputs.items():
        for number, (shape, dtype) in enumerate(group):
            name = f"{port}_{number}"
            nodes.append(
                {"id": f"a_{name}", "name": name, "type": "Input", "params": {"shape": list(shape), "dtype": dtype}}
            )
            for target in targets:
                edge = {"id": f"e_{target}_{name}", "source": f"a_{name}", "target": target, "target_port": port}
                edges.append({**edge, "index": number} if layer.input(port).variadic else edge)
    if not inputs:
        nodes.append({"id": "a_x", "name": "x", "type": "Input", "params": {"shape": [1]}})
        nodes.append({"id": "z_x", "name": "end_x", "type": "Output"})
        edges.append({"id": "e_x", "source": "a_x", "target": "z_x"})
    for target in targets if outputs else ():
        for port in layer.output_ports(made["params"]):
            name = f"{port.name}" if target == "m" else f"{target}_{port.name}"
            nodes.append({"id": f"z_{name}", "name": f"end_{name}", "type": "Output"})
            edges.append({"id": f"f_{name}", "source": target, "source_port": port.name, "target": f"z_{name}"})
    return parse_document({"format": 1, "nodes": nodes, "edges": edges})


def repeatable_params(layer: Layer) -> dict[str, Any] | None:
    """Parameters with which `layer` gives what it takes; None where it cannot stand in a row."""
    if not layer.is_plain:
        return None
    ((shape, _),) = layer.example.inputs["input"]
    for wanted in KEEPING:
        params = {name: {"last": shape[-1:], "first": shape[:1]}.get(size, (size,))[0] for name, size in wanted.items()}
        if all(layer.param(name) for name in params):
            analysis = examine(entry_document(layer, params, repeat=2))
            if not analysis.errors:
                return params
    return None


def random_inputs(document: Document, order: tuple[str, ...], batch: int = 4) -> list[Tensor]:
    """A tensor for each Input, by name in `order`: indices are small, numbers normal, the first of a mask not set."""
    generator = torch.Generator().manual_seed(7)
    params = {node.name: node.params for node in document.nodes if node.type == "Input"}
    tensors = []
    for name in order:
        shape, dtype = (batch, *params[name]["shape"]), params[name].get("dtype", "float32")
        if dtype == "float32":
            tensors.append(torch.randn(shape, generator=generator).requires_grad_())
        elif dtype == "bool":
            chosen = torch.rand(shape, generator=generator) < 0.5
            chosen[..., 0] = False
            tensors.append(chosen)
        else:
            tensors.append(torch.randint(0, 4, shape, generator=generator))
    return tensors
