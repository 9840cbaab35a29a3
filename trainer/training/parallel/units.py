"""What a network is divided into among processes: parts whose whole weights exist only while they compute."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from torch import nn

UNIT_BYTES: Final = 1024**2  # of the weights that are worth a message of their own


def units(network: nn.Module) -> Iterator[nn.Module]:
    """The blocks and heavy layers whose weights are put together on their own; the rest is one with the network."""
    uses = Counter(id(parameter) for module in network.modules() for parameter in module.parameters(recurse=False))
    layers = [
        layer for child in network.children() for layer in (child if isinstance(child, nn.ModuleList) else [child])
    ]
    for layer in layers:
        parameters = list(layer.parameters())
        within = Counter(id(parameter) for module in layer.modules() for parameter in module.parameters(recurse=False))
        is_apart = all(uses[id(parameter)] == within[id(parameter)] for parameter in parameters)
        if is_apart and sum(parameter.nbytes for parameter in parameters) >= UNIT_BYTES:
            yield layer
