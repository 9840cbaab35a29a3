"""The real peak of training steps, by what torch's CPU allocator gave out: run it in a process of its own.

`python -m tests.trainer.training.memory.one_step TEMPLATE OPTIMIZER BATCH_SIZE OPTIMIZER_PARAMS [blocks]` prints bytes.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from trainer.graph.analysis import examine
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import Document, parse_document
from trainer.graph.shapes import TensorSpec
from trainer.graph.templates import load_template
from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.config import OptimizerConfig
from trainer.training.heads import Head, build_heads, compare_all
from trainer.training.memory.step import DTYPES, target_spec
from trainer.training.optimizers import build_optimizer, needs_closure
from trainer.training.recompute import recompute_blocks

NUM_STEPS = 2  # the second one has the optimizer's state from its beginning


def template_document(name: str) -> Document:
    """A template as if it was bound: 10 classes, 8 numbers, 8 categories of 4 values."""
    graph = load_template(name)
    for node in graph["nodes"]:
        for param, value in node["params"].items():
            if isinstance(value, dict) and "$data" in value:
                node["params"][param] = _stand_in(value["$data"])
    return parse_document(graph)


def _stand_in(fact: str) -> Any:
    if fact.endswith("cardinalities"):
        return [4] * 8
    return 10 if fact.endswith("num_classes") else 8


def measure_peak(document: Document, config: OptimizerConfig, batch_size: int, *, recomputes: bool = False) -> int:
    """The most bytes that were given out at once, from before the network was built to the end of the steps."""
    plan = examine(document).plan
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        compiled = compile_graph(document)
        heads = build_heads(document.to_json(), results=compiled.results, loss_weights={}, encoders={})
        if recomputes:
            recompute_blocks(compiled.network)
        optimizer = build_optimizer(config, compiled.network, fused=OPTIMIZERS[config.type].has_fused)
        inputs = [step.outputs["output"] for step in plan.inputs]
        targets = [target_spec(head, plan) for head in heads if head.has_column]

        for _ in range(NUM_STEPS):
            rows = [_values(spec, batch_size) for spec in inputs]
            columns = [torch.zeros(batch_size, *spec.shape, dtype=DTYPES[spec.dtype]) for spec in targets]
            if needs_closure(optimizer):
                optimizer.step(partial(_look, compiled, heads, rows, columns))  # type: ignore[arg-type]
            else:
                _look(compiled, heads, rows, columns)
                optimizer.step()
            for parameter in compiled.network.parameters():
                parameter.grad = None
            del rows, columns
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        profiled.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    return max(event["args"]["Total Allocated"] for event in events if event.get("name") == "[memory]")


def _look(compiled: CompiledGraph, heads: Sequence[Head], rows: Sequence[Tensor], columns: Sequence[Tensor]) -> Tensor:
    for parameter in compiled.network.parameters():
        parameter.grad = None
    loss, _ = compare_all(heads, compiled.run(*rows), columns)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss


def _values(spec: TensorSpec, size: int) -> Tensor:
    """Numbers at random, or an index that is no padding."""
    if spec.dtype == "float32":
        return torch.rand(size, *spec.shape)
    return torch.ones(size, *spec.shape, dtype=DTYPES[spec.dtype])


def main() -> None:
    name, optimizer, batch_size, params, *recompute = sys.argv[1:]
    torch.set_num_threads(1)
    config, recomputes = OptimizerConfig(optimizer, json.loads(params)), recompute == ["blocks"]
    print(measure_peak(template_document(name), config, int(batch_size), recomputes=recomputes))


if __name__ == "__main__":
    main()
