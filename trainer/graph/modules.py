"""Building and calling one layer for real: the only place where a catalogue entry meets torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from trainer.layers.spec import REQUIRED, Layer, RunCall


def torch_value(value: object) -> object:
    """A parameter value as torch takes it: lists are tuples."""
    return tuple(value) if isinstance(value, list) else value


def complete_values(layer: Layer, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with the defaults of what is not set."""
    defaults = {param.name: param.default for param in layer.params if param.default is not REQUIRED}
    return {name: torch_value(value) for name, value in {**defaults, **values}.items()}


def build_module(layer: Layer, values: Mapping[str, Any], used: frozenset[str]) -> nn.Module | nn.Parameter | None:
    """What `layer` holds in the network, whose outputs `used` are read: a module, a bare parameter, or nothing."""
    if layer.weight is not None:
        return nn.Parameter(layer.weight(torch, complete_values(layer, values)))
    if layer.module is None:
        return None
    if layer.build is not None:
        built: nn.Module = layer.build(nn, complete_values(layer, values))
        return built
    arguments = {name: torch_value(value) for name, value in values.items() if name not in layer.call_params}
    module: nn.Module = getattr(nn, layer.module)(**arguments, **layer.arguments_for(used))
    return module


def call_layer(
    layer: Layer,
    module: nn.Module | nn.Parameter | None,
    inputs: Mapping[str, Sequence[Tensor]],
    values: Mapping[str, Any],
    used: frozenset[str],
    first: Tensor,
    training: bool,
) -> dict[str, Tensor]:
    """The outputs of one call by port; those that nobody reads may be missing. `first` is the graph's first input."""
    if layer.is_called_plainly(used):
        assert isinstance(module, nn.Module)
        return {"output": module(inputs["input"][0])}
    call = RunCall(
        torch=torch,
        module=module,
        inputs={port: list(tensors) for port, tensors in inputs.items()},
        params=complete_values(layer, values),
        used=used,
        first=first,
        training=training,
    )
    assert layer.run is not None
    result = layer.run(call)
    if isinstance(result, dict):
        return {port: tensor for port, tensor in result.items() if tensor is not None}
    return {layer.outputs[0].name: result}
