"""How large a network may be. Tried on meta, a petabyte looks free: these say no before anything is allocated."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from trainer.graph.parts import Block, Document, Graph
from trainer.graph.problems import Problem
from trainer.graph.trial import Trial
from trainer.messages.sizes import bytes_text

MAX_PARAMETERS: Final = 2_000_000_000
MAX_SAMPLE_BYTES: Final = 4 * 1024**3
MAX_HELD_BYTES: Final = 256 * 1024**3
MAX_MODULES: Final = 20_000


def limit_problem(name: str, path: str, trial: Trial, repeat: int) -> Problem | None:
    """What makes one node too large, if anything does."""
    num_parameters = trial.num_parameters * repeat
    if num_parameters > MAX_PARAMETERS:
        fields = {
            "name": name,
            "count": num_parameters,
            "size": bytes_text(4 * num_parameters),
            "limit": MAX_PARAMETERS,
        }
        return Problem(code="limit.parameters", node=path, fields=fields)
    if trial.activation_bytes > MAX_SAMPLE_BYTES:
        fields = {"name": name, "size": bytes_text(trial.activation_bytes), "limit": bytes_text(MAX_SAMPLE_BYTES)}
        return Problem(code="limit.activation", node=path, fields=fields)
    return None


def total_problem(totals: Mapping[str, int], batch_size: int) -> Problem | None:
    """What makes the whole network too large, if anything does: the memory it needs at the very least."""
    num_parameters = totals["num_parameters"]
    if num_parameters > MAX_PARAMETERS:
        fields = {"count": num_parameters, "size": bytes_text(4 * num_parameters), "limit": MAX_PARAMETERS}
        return Problem(code="limit.total", fields=fields)
    if totals["peak_bytes"] > MAX_HELD_BYTES:
        fields = {
            "size": bytes_text(totals["peak_bytes"]),
            "limit": bytes_text(MAX_HELD_BYTES),
            "batch_size": batch_size,
        }
        return Problem(code="limit.memory", fields=fields)
    return None


def module_problem(document: Document) -> Problem | None:
    """A document whose repeats and nested blocks come to too many layers, counted without unfolding them."""
    count = _num_layers(document.graph, document.blocks)
    return Problem(code="limit.layers", fields={"count": count, "limit": MAX_MODULES}) if count > MAX_MODULES else None


def _num_layers(graph: Graph, blocks: Mapping[str, Block]) -> int:
    @cache
    def inside(name: str) -> int:
        return total(blocks[name].graph)

    def total(graph: Graph) -> int:
        return sum(node.repeat * (inside(node.block) if node.block else 1) for node in graph.nodes)

    return total(graph)
