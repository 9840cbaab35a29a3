"""Templates whose size one number sets: what it changes in the graph, and how many weights follow. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

import trainer.messages.graph  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError


class Resize(Protocol):
    def __call__(self, graph: dict[str, Any], size: int) -> None:
        """Set everything in the template's `graph` that follows from `size`."""


class Count(Protocol):
    def __call__(self, graph: dict[str, Any]) -> int:
        """How many weights the `graph` has."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Multiples of `step` up to `most`, of which some are `offered`; `usual` is what the template's file has."""

    usual: int
    step: int
    most: int
    offered: tuple[int, ...]
    resize: Resize
    count: Count

    def check(self, size: int) -> None:
        """Raises UserError `graph.template_size`."""
        if not (self.step <= size <= self.most and size % self.step == 0):
            raise UserError("graph.template_size", path="size", step=self.step, most=self.most, received=size)


def _widen_gpt(graph: dict[str, Any], size: int) -> None:
    """Heads of 32, four times the width in between, and a block more for each 64.

    What is scored is scaled down, as the words' vectors are the weights of the scores too, and of length √width:
    without that a network would be sure of itself before it learned anything.
    """
    nodes = _by_name(graph)
    nodes["words"]["params"]["embedding_dim"] = size
    nodes["places"]["params"]["width"] = size
    nodes["thinking"]["params"] |= {"width": size, "heads": size // 32, "hidden": 4 * size}
    nodes["thinking"]["repeat"] = size // 64 + 2
    nodes["calm"]["params"]["scale"] = round(size**-0.5, 6)


def _count_gpt(graph: dict[str, Any]) -> int:
    """Of the blocks four matrices of attention, two of the network behind it, their biases and two normalizations."""
    nodes = _by_name(graph)
    words, places, blocks = nodes["words"]["params"], nodes["places"]["params"], nodes["thinking"]
    width, hidden = blocks["params"]["width"], blocks["params"]["hidden"]
    block = 4 * (width * width + width) + 2 * width * hidden + hidden + width + 4 * width
    return int((words["num_embeddings"] + places["max_length"] + 2) * width + blocks["repeat"] * block)


def _by_name(graph: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in graph["nodes"]}


SIZES: Final[Mapping[str, Sizes]] = MappingProxyType(
    {"gpt": Sizes(256, step=64, most=2048, offered=(128, 256, 512, 768), resize=_widen_gpt, count=_count_gpt)}
)
