"""The estimate of a step is what a step really takes, by the allocator of a fresh process."""

import json
from typing import Any

import pytest

from tests.bench.memory import BAR, real_peak
from tests.trainer.graph.documents import graph, node
from tests.trainer.training.jobs import blocks_graph
from tests.trainer.training.memory.one_step import template_document
from trainer.data.columns import Column, DataFacts
from trainer.errors import UserError
from trainer.graph.document import parse_document
from trainer.training.config import parse_config
from trainer.training.memory.estimate import USABLE_SHARE, estimate, memory_json
from trainer.training.memory.step import SIZES, measure_step

# The batch sizes are others than those that the lines go through.
STEPS = [
    ("fashion-mnist-dense", "Adam", 200, {}),
    ("fashion-cnn", "SGD", 48, {"momentum": 0.9}),
    ("rows-lstm", "Adam", 10, {"amsgrad": True}),
    ("text-gru", "SGD", 4, {}),
    ("gpt", "Adam", 2, {}),
    ("resnet-18", "SGD", 6, {}),
    ("text-gru", "SparseAdam", 4, {}),
    ("gpt", "Muon", 2, {}),
    ("digits-dense", "LBFGS", 700, {"history_size": 2}),
]


@pytest.mark.parametrize(("name", "optimizer", "batch_size", "params"), STEPS)
def test_estimate_is_within_a_tenth_of_a_real_step(name: str, optimizer: str, batch_size: int, params: dict) -> None:
    config = parse_config({"optimizer": {"type": optimizer, "params": params}})
    real = real_peak(name, optimizer, batch_size, json.dumps(params))
    assert batch_size not in SIZES
    assert estimate(template_document(name), config).step_bytes(batch_size) == pytest.approx(real, rel=BAR)


def test_parts_come_to_the_peak_and_each_is_what_it_says() -> None:
    """784·256 + 256 + 256·10 + 10 parameters."""
    one = estimate(template_document("fashion-mnist-dense"), parse_config({}))
    parts = one.parts(4096)
    assert sum(parts.values()) == one.peak_bytes(4096)
    assert parts["weights"] == parts["gradients"] == 4 * 203_530
    assert parts["optimizer"] == 2 * 4 * 203_530 + 4 * 4
    assert parts["batch"] == 4096 * (4 * 784 + 8)
    assert parts["activations"] > 4096 * 4 * 256


def test_largest_batch_is_the_last_that_fits() -> None:
    one = estimate(template_document("fashion-cnn"), parse_config({}))
    for free in (2 << 27, 1 << 30, 10 << 30):
        largest = one.largest_batch(free)
        assert one.peak_bytes(largest) <= USABLE_SHARE * free < one.peak_bytes(largest + 1)
    assert one.largest_batch(10 << 30, at_most=77) == 77
    assert one.largest_batch(1000) == 0


def test_evaluation_needs_no_more_than_a_large_step() -> None:
    for name in ("fashion-cnn", "gpt", "u-net"):
        step = measure_step(template_document(name), parse_config({}))
        assert step.evaluating.at(100) <= step.working.at(100)


def test_a_gpu_steps_all_parameters_together_and_holds_its_libraries() -> None:
    config = parse_config({"optimizer": {"type": "RAdam"}})
    document = template_document("fashion-mnist-dense")
    cpu, gpu = estimate(document, config, kind="cpu"), estimate(document, config, kind="cuda")
    assert gpu.optimizer.work > cpu.optimizer.work
    assert gpu.device > 0 == cpu.device
    assert cpu.parts(32)["copies"] > 0 == gpu.parts(32)["copies"]


def test_half_precision_holds_less() -> None:
    whole = measure_step(template_document("vit"), parse_config({}))
    half = measure_step(template_document("vit"), parse_config({"precision": "bfloat16"}))
    assert half.working.at(512) < 0.85 * whole.working.at(512)


def test_graph_without_losses_is_followed_by_its_results() -> None:
    nodes = [
        node("x", "Input", shape=[4], dtype="float32"),
        node("dense", "Linear", out_features=8),
        node("y", "Output"),
    ]
    step = measure_step(parse_document(graph(nodes, "x>dense dense>y") | {"notes": []}), parse_config({}))
    assert not step.knows_losses
    assert step.weights == 4 * (4 * 8 + 8)


def test_graph_with_problems_has_no_estimate() -> None:
    nodes = [node("x", "Input", shape=[4], dtype="float32"), node("conv", "Conv2d"), node("y", "Output")]
    with pytest.raises(UserError) as refused:
        measure_step(parse_document(graph(nodes, "x>conv conv>y") | {"notes": []}), parse_config({}))
    assert refused.value.code == "graph.invalid"


def test_the_batch_sizes_of_an_optimizer_share_one_measurement() -> None:
    document = template_document("digits-dense")
    first = estimate(document, parse_config({"optimizer": {"type": "SGD"}}))
    second = estimate(document, parse_config({"optimizer": {"type": "AdamW"}, "batch_size": 7}))
    assert first.step is second.step
    assert second.step_bytes(7) > first.step_bytes(7)


def test_averaged_weights_accumulated_batches_and_frozen_nodes_count() -> None:
    document = template_document("fashion-mnist-dense")
    plain = estimate(document, parse_config({}))
    weights = 4 * 203_530
    averaged = estimate(document, parse_config({"averaging": {}}))
    assert averaged.parts(64)["average"] == averaged.network == weights
    assert averaged.snapshot - plain.snapshot == weights
    accumulated = estimate(document, parse_config({"gradients": {"accumulate": 3}}))
    waiting = accumulated.step_bytes(4096) - plain.step_bytes(4096)
    assert waiting == pytest.approx(2 * 4096 * (4 * 784 + 8) + weights)
    frozen = estimate(document, parse_config({"frozen": ["hidden"]}))
    assert frozen.parts(16384)["gradients"] == 4 * (256 * 10 + 10)
    assert frozen.optimizer.state == 2 * 4 * (256 * 10 + 10) + 2 * 4


def test_evaluation_goes_by_the_rows_there_are() -> None:
    """Few rows to evaluate need less than as many as would go at once."""
    document, columns = (
        template_document("fashion-cnn"),
        {"image": Column("image", "image"), "label": Column("label", "category")},
    )
    few = DataFacts(columns, 90, {"train": 80, "val": 5, "test": 5})
    many = DataFacts(columns, 9000, {"train": 80, "val": 4460, "test": 4460})
    assert estimate(document, parse_config({}), facts=few).peak_bytes(2) < 0.2 * estimate(
        document, parse_config({}), facts=many
    ).peak_bytes(2)


def test_rows_that_would_not_fit_are_counted_by_the_batches_read_ahead() -> None:
    columns = {"image": Column("image", "image"), "label": Column("label", "category")}
    facts = DataFacts(columns, 1000, {"train": 800, "val": 100, "test": 100})
    document, row = template_document("fashion-mnist-dense"), 4 * 784 + 8
    gpu = {"kind": "cuda", "name": "", "total_bytes": 2**34, "free_bytes": 2**34}
    small = {"kind": "cpu", "name": "", "total_bytes": 2**20, "free_bytes": 2**20}
    config = parse_config({"batch_size": 512})

    def asked(*devices: dict[str, Any], resident_bytes: int | None = None) -> dict[str, Any]:
        return memory_json(document, config, facts=facts, devices=devices, resident_bytes=resident_bytes)

    as_bytes = 784 + 8  # as rows lie that are not trained on, and all where room is short
    assert (asked()["is_mapped"], asked()["parts"]["data"]) == (False, 800 * row + 200 * as_bytes)
    assert asked(resident_bytes=1000 * as_bytes)["parts"]["data"] == 1000 * as_bytes
    assert (asked(small)["is_mapped"], asked(small)["parts"]["data"]) == (True, 3 * 512 * row)
    assert (asked(gpu)["is_mapped"], asked(gpu, resident_bytes=0)["parts"]["data"]) == (False, 0)


def test_blocks_that_are_computed_again_keep_little_for_the_way_back() -> None:
    layers = [
        ("Flatten", {"start_dim": 1, "end_dim": 2}),
        ("block:GPTBlock", {"width": 8, "heads": 2, "hidden": 64}),
        ("Flatten", {}),
        ("Linear", {"out_features": 10}),
    ]
    document = parse_document(blocks_graph(layers, repeat=8))
    plain, again = estimate(document, parse_config({})), estimate(document, parse_config({"recompute": "blocks"}))
    assert again.step.working.at(512) < 0.5 * plain.step.working.at(512)
    assert again.step.held.at(512) == plain.step.held.at(512)


def test_storing_a_large_network_trained_on_few_rows_is_the_worst_moment() -> None:
    """After an epoch it is there three times with its optimizer's state, and once more without."""
    columns = {"image": Column("image", "image"), "label": Column("label", "category")}
    facts = DataFacts(columns, 10, {"train": 8, "val": 1, "test": 1})
    moment, parts = estimate(template_document("fashion-mnist-dense"), parse_config({}), facts=facts).worst_moment(2)
    weights, state = 4 * 203_530, 2 * 4 * 203_530 + 16
    assert (moment, parts["copies"]) == ("checkpoint", weights + 2 * (weights + state))
    assert parts["gradients"] == parts["activations"] == 0
