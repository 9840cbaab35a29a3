"""From a document to the network that trains: its generated code, run."""

import linecache
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from trainer.graph.analysis import examine
from trainer.graph.canonical import content_hash
from trainer.graph.codegen import write_module
from trainer.graph.early_pooling import pool_early
from trainer.graph.parts import Document
from trainer.graph.refusal import invalid_graph


@dataclass(frozen=True, slots=True)
class CompiledGraph:
    """A network with the names of its Inputs and Outputs in the order of its arguments and results.

    `results` says of each tensor it gives which Output it is for, and which of its ports ("target" for a wired target).
    `code` is the text of the module that runs: what a person reads, but with max pools early (`early_pooling`).
    `nodes` has the id of each node by its name, `activation_bytes` is what the backward pass needs of a row.
    """

    network: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    results: tuple[tuple[str, str], ...]
    code: str
    nodes: dict[str, str]
    activation_bytes: int

    def run(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """The tensors that `results` names, of one tensor an Input, each with its batch axis."""
        result = self.network(*tensors)
        return result if isinstance(result, tuple) else (result,)


def compile_graph(document: Document) -> CompiledGraph:
    """The network of a bound document, on the CPU, with weights from torch's current seed.

    Raises `graph.invalid` (422) for a document with problems, before anything is built.
    """
    analysis = examine(document)
    if analysis.errors:
        raise invalid_graph(analysis.errors)
    plan = pool_early(analysis.plan)
    code = write_module(plan, document)
    filename = f"<graph {content_hash(document)[:12]}>"
    linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": "layerloom_network"}
    exec(compile(code, filename, "exec"), namespace)  # noqa: S102 - our own text: only checked names and literals are in it
    return CompiledGraph(
        network=namespace["Network"](),
        inputs=tuple(step.node.name for step in plan.inputs),
        outputs=tuple(step.node.name for step in plan.outputs),
        results=tuple((step.node.name, port) for step, port in plan.results),
        code=code,
        nodes={node.name: node.id for node in document.nodes},
        activation_bytes=analysis.totals["activation_bytes"],
    )
