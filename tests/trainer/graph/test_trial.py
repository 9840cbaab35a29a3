"""The trial of one layer on the meta device, and the memory that remembers trials."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from trainer.graph import trial
from trainer.graph.modules import build_module, call_layer
from trainer.graph.precheck import infer_values
from trainer.graph.shapes import TensorSpec
from trainer.graph.trial import TrialCache, try_layer
from trainer.layers.registry import CATALOGUE

USED = frozenset({"output"})
COUNTED = ("Linear", "Conv2d", "ConvTranspose2d", "MultiheadAttention", "LSTM", "MatMul", "BatchNorm2d")


@pytest.mark.parametrize("name", COUNTED)
def test_operations_are_counted_as_torchs_own_counter_counts_them(name: str) -> None:
    layer = CATALOGUE[name]
    inputs = {port: tuple(TensorSpec(*one) for one in group) for port, group in layer.example.inputs.items()}
    values = {**layer.example.params}
    values |= infer_values(layer, values, inputs)
    tried = try_layer(layer, values, inputs, USED)

    with torch.device("meta"):
        module = build_module(layer, values, USED)
        tensors = {
            port: [torch.empty(2, *spec.shape, requires_grad=True) for spec in group] for port, group in inputs.items()
        }
        with FlopCounterMode(display=False) as counter:
            call_layer(layer, module, tensors, values, USED, torch.empty(2), training=True)
    assert tried.failure is None
    assert tried.macs == counter.get_total_flops() // 4
    assert tried.macs > 0 or name == "BatchNorm2d"


@pytest.mark.parametrize("used", [{"output"}, {"h_n"}, {"output", "h_n"}])
@pytest.mark.parametrize("params", [{}, {"num_layers": 2, "dropout": 0.5}, {"bidirectional": True, "bias": False}])
@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_many_steps_are_told_from_few(name: str, params: dict[str, object], used: set[str]) -> None:
    layer, inputs = CATALOGUE[name], {"input": (TensorSpec((23, 5), "float32"),)}
    values = {"hidden_size": 6, **params}
    values |= infer_values(layer, values, inputs)
    told = try_layer(layer, values, inputs, frozenset(used))
    assert told == trial._try_whole(layer, values, inputs, frozenset(used))
    assert told.failure is None


def test_the_cache_holds_no_more_bytes_than_it_may_and_forgets_the_oldest() -> None:
    cache = TrialCache(max_bytes=20_000)
    layer = CATALOGUE["ReLU"]

    def try_width(width: int) -> None:
        cache.try_layer(layer, {}, {"input": (TensorSpec((width,)),)}, USED)

    for width in range(3, 53):
        try_width(width)
    assert cache.num_misses == 50
    assert 10_000 < cache.num_bytes <= 20_000
    try_width(52)
    assert cache.num_misses == 50
    try_width(3)
    assert cache.num_misses == 51
