"""Trying one layer on torch's meta device: its shapes and counts, from torch itself, without a byte of data.

The batch axis is found by running at two batch sizes: it must be first at both, and no other axis may follow it.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from trainer.graph.failures import Failure, read_failure
from trainer.graph.modules import build_module, call_layer
from trainer.graph.shapes import ITEM_BYTES, TensorSpec
from trainer.layers.spec import Layer

BATCHES: Final = (2, 3)
RECURRENT: Final = frozenset({"RNN", "LSTM", "GRU"})
LONG: Final = 16  # steps
STEPS: Final = (4, 8)
MAX_CACHE_BYTES: Final = 64 * 1024**2
TRIAL_BYTES: Final = 2048  # what Python holds for one, by measurement, and for each tensor it names
NAMED_BYTES: Final = 320
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

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._trials: OrderedDict[bytes, Trial] = OrderedDict()
        self.num_bytes = 0
        self.num_misses = 0

    def try_layer(self, layer: Layer, values: Mapping[str, Any], inputs: InputSpecs, used: frozenset[str]) -> Trial:
        """The trial of `layer`, from the cache where it was tried before."""
        shapes = {port: [(spec.shape, spec.dtype) for spec in specs] for port, specs in inputs.items()}
        key = msgspec.json.encode([layer.type, values, shapes, sorted(used)])
        trial = self._trials.get(key)
        if trial is None:
            self.num_misses += 1
            trial = self._trials[key] = try_layer(layer, values, inputs, used)
            self.num_bytes += _held_bytes(key, trial)
            while self.num_bytes > self._max_bytes:
                self.num_bytes -= _held_bytes(*self._trials.popitem(last=False))
        else:
            self._trials.move_to_end(key)
        return trial


def _held_bytes(key: bytes, trial: Trial) -> int:
    """About what an entry of the cache takes."""
    return TRIAL_BYTES + len(key) + NAMED_BYTES * (len(trial.parameter_shapes) + len(trial.outputs))


def try_layer(layer: Layer, values: Mapping[str, Any], inputs: InputSpecs, used: frozenset[str]) -> Trial:
    """Build and run `layer` on the meta device; of a recurrent one over many steps, a few of them."""
    if layer.type in RECURRENT and inputs["input"][0].shape[0] > LONG:
        return _try_few_steps(layer, values, inputs, used)
    return _try_whole(layer, values, inputs, used)


def _try_few_steps(layer: Layer, values: Mapping[str, Any], inputs: InputSpecs, used: frozenset[str]) -> Trial:
    """From trials of four and of eight steps: what a recurrent layer counts and keeps grows evenly with its steps.

    On the meta device each step is a dozen operations that Python makes: over 200 words they would take seconds.
    """
    (given,) = inputs["input"]
    num_steps = given.shape[0]

    def try_steps(count: int) -> Trial:
        short = TensorSpec((count, *given.shape[1:]), given.dtype)
        return _try_whole(layer, values, {**inputs, "input": (short,)}, used)

    one, other = try_steps(STEPS[0]), try_steps(STEPS[1])
    if one.failure is not None or other.failure is not None:
        return _try_whole(layer, values, inputs, used)

    def at_all(first: int, second: int) -> int:
        return first + (second - first) * (num_steps - STEPS[0]) // (STEPS[1] - STEPS[0])

    outputs = {
        port: TensorSpec(tuple(map(at_all, spec.shape, other.outputs[port].shape)), spec.dtype)
        for port, spec in one.outputs.items()
    }
    saved_bytes = at_all(one.saved_bytes, other.saved_bytes)
    return replace(other, outputs=outputs, macs=at_all(one.macs, other.macs), saved_bytes=saved_bytes)


def _try_whole(layer: Layer, values: Mapping[str, Any], inputs: InputSpecs, used: frozenset[str]) -> Trial:
    try:
        with torch.device("meta"):
            module = build_module(layer, values, used)
        first = _run(layer, module, values, inputs, used, BATCHES[0])
        if _keeps_shape(layer, inputs, first.outputs):
            second = {port: tensor.new_empty((BATCHES[1], *tensor.shape[1:])) for port, tensor in first.outputs.items()}
        else:
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


class _Operations(TorchDispatchMode):
    """Counts as torch's own FlopCounterMode does, and quicker: it need not know which module called."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.flops += count(*args, **(kwargs or {}), out_val=out)
        return out


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

    with _Operations() as counter, torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept):
        outputs = _forward(layer, module, values, tensors, used, batch)
    for parameter in _parameters(module).values():
        kept.pop(_storage(parameter), None)
    names = {_storage(t): f"{port}.{i}" for port, group in tensors.items() for i, t in enumerate(group)}
    aliases = {port: names[_storage(t)] for port, t in outputs.items() if _storage(t) in names}
    names |= {_storage(t): port for port, t in outputs.items() if port not in aliases}
    saved = {names[storage] for storage in kept if storage in names}
    saved_bytes = sum(size for storage, size in kept.items() if storage not in names)
    return _Run(outputs, counter.flops, saved, saved_bytes, aliases)


def _keeps_shape(layer: Layer, inputs: InputSpecs, outputs: Mapping[str, Tensor]) -> bool:
    """Whether one batch says all: a module that gives the shape it gets, where only the first axis can be the batch."""
    if layer.module is None or [*outputs] != ["output"] or [*inputs] != ["input"]:
        return False
    (spec,) = inputs["input"]
    return tuple(outputs["output"].shape) == (BATCHES[0], *spec.shape) and BATCHES[0] not in spec.shape


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
