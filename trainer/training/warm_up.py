"""One training step on the CPU, so that libraries are loaded and threads started before a run comes."""

from itertools import pairwise
from typing import Any, Final

import torch
from torch import nn

from trainer.graph.compile import compile_graph
from trainer.graph.document import parse_document
from trainer.training.bare_step import bare_step

NODES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("Input", {"shape": [1, 8, 8], "dtype": "float32"}),
    ("Conv2d", {"out_channels": 2, "kernel_size": 3}),
    ("Flatten", {}),
    ("Linear", {"out_features": 2}),
    ("Output", {"loss": {"type": "CrossEntropyLoss"}}),
)


def warm_up() -> None:
    """Touches no GPU: a process that waits holds no memory there."""
    compiled = compile_graph(parse_document(_graph()))
    optimizer = torch.optim.Adam(compiled.network.parameters(), fused=True)
    rows = torch.arange(4)
    results = compiled.run(torch.zeros(4, 1, 8, 8).index_select(0, rows))
    loss = nn.functional.cross_entropy(results[0], rows % 2)
    loss.backward()  # type: ignore[no-untyped-call]
    bare_step(optimizer)()


def _graph() -> dict[str, Any]:
    ids = [f"n{place}" for place in range(len(NODES))]
    nodes = [
        {"id": one, "name": one, "type": type_name, "params": params, "position": [0, 0]}
        for one, (type_name, params) in zip(ids, NODES, strict=True)
    ]
    edges = [
        {"id": f"e{target}", "source": source, "source_port": "output", "target": target, "target_port": "input"}
        for source, target in pairwise(ids)
    ]
    return {"format": 1, "nodes": nodes, "edges": edges, "blocks": {}, "notes": []}
