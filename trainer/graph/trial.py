"""Trying one layer on torch's meta device: its shapes and counts, from torch itself, without a byte of data.

The batch axis is found by running at two batch sizes: it must be first at both, and no other axis may follow it.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from trainer.graph.failures import Failure, read_failure
from trainer.graph.modules import build_module, call_layer
from trainer.graph.shapes import ITEM_BYTES, TensorSpec
from trainer.layers.spec import Layer

BATCHES: Final = (2, 3)
MAX_CACHED: Final = 4096
DTYPES: Final = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
DTYPE_NAMES: Final = {dtype: name for name, dtype in DTYPES.items()}

InputSpecs = Mapping[str, tuple[TensorSpec, ...]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What one layer does with given parameters and inputs; bytes and multiply-accumulates are for one sample.

    `saved` are the tensors kept for the backward pass that it reads or writes ("input.0", "output"), `saved_bytes` what
    else it keeps; `aliases` are outputs that are views of an input. `failure` says why it could not be tried.
    """

    outputs: Mapping[str, TensorSpec] = field(default_factory=dict)
    num_parameters: int = 0
    parameter_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    macs: int = 0
    saved: frozenset[str] = frozenset()
    saved_bytes: int = 0
    aliases: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None

    @property
    def activation_bytes(self) -> int:
        return sum(spec.num_bytes for spec in self.outputs.values())


class TrialCache:
    """The last trials, by layer, parameters and inputs: an edit costs only what it changed."""

    def __init__(self, limit: int = MAX_CACHED) -> None:
        self._limit = limit
        self._trials: OrderedDict[str, Trial] = OrderedDict()
        self.num_misses = 0

    def try_layer(self, layer: Layer, values: Mapping[str, Any], inputs: InputSpecs, used: frozenset[str]) -> Trial:
        """The trial of `layer`, from the cache where it was tried before."""
        shapes = {port: [(spec.shape, spec.dtype) for spec in specs] for port, specs in inputs.items()}
        key = json.dumps([layer.type, values, shapes, sorted(used)], sort_keys=True)
        trial = self._trials.get(key)
        if trial is None:
            self.num_misses += 1
            trial = self._trials[key] = try_layer(layer, values, inputs, used)
            if len(self._trials) > self._limit:
                self._trials.popitem(last=False)
        else:
            self._trials.move_to_end(key)
        return trial


def try_layer(layer: Layer, values: Mapping[str, Any], inputs: InputSpecs, used: frozenset[str]) -> Trial:
    """Build and run `layer` on the meta device."""
    try:
        with torch.device("meta"):
            module = build_module(layer, values, used)
            first = _run(layer, module, values, inputs, used, BATCHES[0])
            with torch.no_grad():
                second = _forward(layer, module, values, _tensors(inputs, BATCHES[1]), used, BATCHES[1])
    except (
        RuntimeError,
        ValueError,
        TypeError,
        IndexError,
        NotImplementedError,
        AssertionError,
        OverflowError,
    ) as error:
        return Trial(failure=read_failure(error, layer, values, inputs))
    outputs = {}
    for port, tensor in first.outputs.items():
        other = second[port]
        if not _batch_is_first(tensor.shape, other.shape):
            fields = {"received": "×".join(map(str, _marked(tensor.shape, other.shape)))}
            return Trial(failure=Failure("batch.disturbed", fields=fields))
        outputs[port] = TensorSpec(tuple(tensor.shape[1:]), DTYPE_NAMES[tensor.dtype])
        if 0 in tensor.shape:
            return Trial(failure=Failure("shape.empty", fields={"received": outputs[port].text()}))
    parameters = _parameters(module)
    return Trial(
        outputs=outputs,
        num_parameters=sum(parameter.numel() for parameter in parameters.values()),
        parameter_shapes={name: tuple(parameter.shape) for name, parameter in parameters.items()},
        macs=_macs(layer, values, inputs, first.flops),
        saved=frozenset(first.saved),
        saved_bytes=first.saved_bytes // BATCHES[0],
        aliases=first.aliases,
    )


def _macs(layer: Layer, values: Mapping[str, Any], inputs: InputSpecs, flops: int) -> int:
    """Of one sample: what the entry counts by itself, else what torch counted of a batch, two operations to one."""
    if layer.macs is None:
        return flops // 2 // BATCHES[0]
    shapes = {port: tuple(spec.shape for spec in specs) for port, specs in inputs.items()}
    return layer.macs(values, shapes)


@dataclass(slots=True)
class _Run:
    outputs: dict[str, Tensor]
    flops: int
    saved: set[str]
    saved_bytes: int
    aliases: dict[str, str]


def _run(
    layer: Layer,
    module: nn.Module | nn.Parameter | None,
    values: Mapping[str, Any],
    inputs: InputSpecs,
    used: frozenset[str],
    batch: int,
) -> _Run:
    tensors = _tensors(inputs, batch)
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[_storage(tensor)] = max(
            kept.get(_storage(tensor), 0), tensor.numel() * ITEM_BYTES.get(str(tensor.dtype)[6:], 4)
        )
        return tensor

    with FlopCounterMode(display=False) as counter, torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept):
        outputs = _forward(layer, module, values, tensors, used, batch)
    for parameter in _parameters(module).values():
        kept.pop(_storage(parameter), None)
    names = {_storage(t): f"{port}.{i}" for port, group in tensors.items() for i, t in enumerate(group)}
    aliases = {port: names[_storage(t)] for port, t in outputs.items() if _storage(t) in names}
    names |= {_storage(t): port for port, t in outputs.items() if port not in aliases}
    saved = {names[storage] for storage in kept if storage in names}
    saved_bytes = sum(size for storage, size in kept.items() if storage not in names)
    return _Run(outputs, counter.get_total_flops(), saved, saved_bytes, aliases)


def _forward(
    layer: Layer,
    module: nn.Module | nn.Parameter | None,
    values: Mapping[str, Any],
    tensors: Mapping[str, list[Tensor]],
    used: frozenset[str],
    batch: int,
) -> dict[str, Tensor]:
    first = torch.empty(batch, device="meta")
    return call_layer(layer, module, tensors, values, used, first, training=True)


def _tensors(inputs: InputSpecs, batch: int) -> dict[str, list[Tensor]]:
    return {
        port: [
            torch.empty(
                (batch, *spec.shape), dtype=DTYPES[spec.dtype], device="meta", requires_grad=spec.dtype == "float32"
            )
            for spec in specs
        ]
        for port, specs in inputs.items()
    }


def _parameters(module: nn.Module | nn.Parameter | None) -> dict[str, nn.Parameter]:
    if isinstance(module, nn.Parameter):
        return {"weight": module}
    return dict(module.named_parameters()) if module is not None else {}


def _storage(tensor: Tensor) -> int:
    storage: int = tensor.untyped_storage()._cdata
    return storage


def _batch_is_first(one: torch.Size, other: torch.Size) -> bool:
    return len(one) == len(other) > 0 and one[0] == BATCHES[0] and other[0] == BATCHES[1] and one[1:] == other[1:]


def _marked(one: torch.Size, other: torch.Size) -> list[object]:
    """A disturbed shape for a sentence: "B" for an axis that follows the batch, "2B" for a multiple of it."""
    if len(one) != len(other):
        return list(one)
    marked: list[object] = []
    for first, second in zip(one, other, strict=True):
        if first == second:
            marked.append(first)
        else:
            factor = second - first
            marked.append("B" if factor == 1 else f"{factor}B")
    return marked
