"""Pooling: its check refuses what torch refuses, and nothing else."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import torch
from torch import nn

from trainer.graph.precheck import precheck
from trainer.graph.shapes import TensorSpec
from trainer.layers.registry import CATALOGUE

POOLINGS = [
    *(f"{name}Pool{axes}d" for name in ("Max", "Avg", "LP") for axes in (1, 2, 3)),
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
]


def settings(name: str) -> Iterator[dict[str, Any]]:
    """Small values of every parameter that decides whether a pooling has something to give."""
    if name.startswith("Fractional"):
        for kernel, size, ratio in product((1, 2, 3), (None, 1, 2, 3, 5), (None, 0.2, 0.5, 0.9)):
            yield {"kernel_size": kernel, "output_size": size, "output_ratio": ratio}
        return
    tried = {
        "kernel_size": (1, 2, 3, 5),
        "stride": (None, 2, 3),
        "padding": (0, 1, 2),
        "dilation": (1, 2),
        "ceil_mode": (False, True),
        "norm_type": (2.0,),
    }
    names = [param.name for param in CATALOGUE[name].params if param.name in tried]
    for values in product(*(tried[param] for param in names)):
        yield dict(zip(names, values, strict=True))


def torch_takes(name: str, values: dict[str, Any], shape: tuple[int, ...]) -> bool:
    try:
        result = getattr(nn, name)(**values)(torch.empty((2, *shape), device="meta"))
    except (RuntimeError, ValueError):
        return False
    return min(result.shape) > 0


@pytest.mark.parametrize("name", POOLINGS)
def test_the_check_refuses_what_torch_refuses_and_nothing_else(name: str) -> None:
    outcomes = set()
    for values, extent in product(settings(name), (1, 2, 4)):
        shape = (1, *[extent] * int(name[-2]))
        refused = precheck("made", "m", CATALOGUE[name], values, {"input": (TensorSpec(shape),)})
        taken = torch_takes(name, values, shape)

        assert (refused is None) == taken, (values, shape, refused)
        outcomes.add(taken)
    assert outcomes == {True, False}
