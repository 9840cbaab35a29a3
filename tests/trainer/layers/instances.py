"""Making a document, a layer or random inputs from a catalogue entry's example."""

from typing import Any

import torch
from torch import Tensor

from trainer.graph.document import Document, parse_document
from trainer.layers.spec import Layer


def entry_document(layer: Layer, params: dict[str, Any] | None = None, *, outputs: bool = True) -> Document:
    """A document around one node of `layer`: an Input for each of its inputs, an Output for each of its outputs."""
    nodes: list[dict[str, Any]] = [
        {"id": "m", "name": "made", "type": layer.type, "params": {**layer.example.params, **(params or {})}}
    ]
    edges: list[dict[str, Any]] = []
    for port, group in layer.example.inputs.items():
        for number, (shape, dtype) in enumerate(group):
            name = f"{port}_{number}"
            nodes.append(
                {"id": f"a_{name}", "name": name, "type": "Input", "params": {"shape": list(shape), "dtype": dtype}}
            )
            edge = {"id": f"e_{name}", "source": f"a_{name}", "target": "m", "target_port": port}
            edges.append({**edge, "index": number} if layer.input(port).variadic else edge)
    if not layer.example.inputs:
        nodes.append({"id": "a_x", "name": "x", "type": "Input", "params": {"shape": [1]}})
        nodes.append({"id": "z_x", "name": "end_x", "type": "Output"})
        edges.append({"id": "e_x", "source": "a_x", "target": "z_x"})
    for port in layer.output_ports(nodes[0]["params"]) if outputs else ():
        nodes.append({"id": f"z_{port.name}", "name": f"end_{port.name}", "type": "Output"})
        edges.append({"id": f"f_{port.name}", "source": "m", "source_port": port.name, "target": f"z_{port.name}"})
    return parse_document({"format": 1, "nodes": nodes, "edges": edges})


def random_inputs(document: Document, order: tuple[str, ...], batch: int = 4) -> list[Tensor]:
    """A tensor for each Input, by name in `order`: indices are small, numbers normal."""
    generator = torch.Generator().manual_seed(7)
    params = {node.name: node.params for node in document.nodes if node.type == "Input"}
    tensors = []
    for name in order:
        shape, dtype = (batch, *params[name]["shape"]), params[name].get("dtype", "float32")
        if dtype == "float32":
            tensors.append(torch.randn(shape, generator=generator).requires_grad_())
        else:
            tensors.append(torch.randint(0, 4, shape, generator=generator).to(getattr(torch, dtype)))
    return tensors
