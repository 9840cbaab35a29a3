"""What builds and runs and is a mistake nevertheless is said once, at its place; what is well is left alone."""

from typing import Any

import pytest
import torch

from tests.trainer.graph.documents import (
    CROSS_ENTROPY,
    MEAN_SQUARE,
    chain,
    document,
    graph,
    image_facts,
    image_input,
    label_output,
    node,
)
from trainer.graph.analysis import analyse
from trainer.graph.failures import read_failure
from trainer.graph.shapes import TensorSpec
from trainer.graph.templates import load_template
from trainer.layers.registry import CATALOGUE

ROW = node("x", "Input", shape=[6])
DENSE = node("d", "Linear", out_features=3)


def found(data: dict[str, Any], **more: Any) -> list[tuple[str, str | None, str]]:
    return [(p["code"], p["node"], p["severity"]) for p in analyse(document(data), **more)["problems"]]


def test_each_node_that_reaches_no_output_is_warned_of() -> None:
    nodes = [ROW, node("a", "ReLU"), node("b", "Dropout"), node("y", "Output")]

    assert found(graph(nodes, "x>y x>a a>b")) == [("node.unused", "a", "warning"), ("node.unused", "b", "warning")]


def test_without_an_output_only_that_is_said() -> None:
    assert found(chain(ROW, DENSE)) == [("graph.no_output", None, "error")]


def test_an_output_of_constants_beside_one_of_data_is_warned_of() -> None:
    nodes = [ROW, node("p", "Parameter", shape=[3]), node("y", "Output"), node("z", "Output")]

    assert found(graph(nodes, "x>y p>z")) == [("output.unreached", "z", "warning")]


def test_behind_a_missing_wire_only_the_wire_is_missed() -> None:
    nodes = [ROW, node("r", "ReLU"), node("y", "Output"), node("z", "Output")]

    assert found(graph(nodes, "x>y r>z")) == [("port.missing", "r", "error")]


@pytest.mark.parametrize(
    "data",
    [
        chain(ROW, DENSE, node("s", "Softmax", dim=1), node("y", "Output")),
        chain(ROW, DENSE, node("s", "Sigmoid"), node("y", "Output", loss={"type": "BCELoss"})),
        chain(ROW, DENSE, node("s", "LogSoftmax", dim=1), node("y", "Output", loss={"type": "NLLLoss"})),
        chain(ROW, DENSE, node("r", "ReLU"), node("y", "Output", loss=MEAN_SQUARE)),
        chain(ROW, node("r", "ReLU"), node("p", "Dropout"), DENSE, node("y", "Output", loss=CROSS_ENTROPY)),
        chain(ROW, DENSE, node("t", "Tanh"), node("s", "Softmax", dim=1), node("y", "Output")),
        chain(
            node("x", "Input", shape=[3, 28, 28]),
            node("c", "Conv2d", out_channels=2, kernel_size=3),
            node("y", "Output"),
        ),
    ],
)
def test_what_is_well_is_left_alone(data: dict[str, Any]) -> None:
    assert found(data) == []


def test_a_softmax_is_found_behind_what_only_reshapes_and_through_blocks() -> None:
    inside = graph([node("i", "BlockInput"), node("s", "Softmax", dim=1), node("o", "BlockOutput")], "i>s s>o")
    blocks = {"Head": {"params": [], "nodes": inside["nodes"], "edges": inside["edges"]}}
    nodes = [ROW, DENSE, node("h", "block:Head"), node("f", "Flatten"), node("y", "Output", loss=CROSS_ENTROPY)]

    assert found(graph(nodes, "x>d d>h.i h.o>f f>y", blocks)) == [("advice.softmax_before_loss", "h/s", "warning")]


def test_a_circle_before_the_output_is_no_trap() -> None:
    nodes = [ROW, node("f", "Flatten"), node("g", "Flatten"), node("y", "Output", loss=CROSS_ENTROPY)]
    codes = {code for code, _, _ in found(graph(nodes, "g>f f>g g>y"))}

    assert codes == {"graph.cycle", "node.unused"}


def test_batch_normalization_needs_more_than_one_value() -> None:
    flat = chain(ROW, DENSE, node("n", "BatchNorm1d"), node("y", "Output"))

    assert found(flat) == []
    assert found(flat, batch_size=1) == [("norm.one_value", "n", "error")]


def test_the_target_among_the_inputs_is_warned_of_and_an_autoencoder_is_not() -> None:
    facts = image_facts()
    leak = chain(
        node("x", "Input", columns=["weight"]),
        DENSE,
        node("e", "Linear", out_features=1),
        label_output(columns=["weight"]),
    )
    leak["nodes"][-1]["params"]["loss"] = MEAN_SQUARE
    flat = chain(image_input(), node("f", "Flatten"), node("d", "Linear", out_features=10), label_output())

    assert found(leak, facts=facts) == [("data.leak", "x", "warning")]
    assert found(flat, facts=facts) == []


@pytest.mark.parametrize(
    ("shape", "pooling", "expected"),
    [
        ([1, 14, 14], {}, []),
        ([1, 14, 15], {}, [("shape.unpool_size", "u", "error")]),
        ([1, 15, 14], {}, [("shape.unpool_cut", "u", "warning")]),
        ([1, 15, 14], {"ceil_mode": True}, []),
        ([1, 15, 16], {"padding": 1, "stride": 2}, [("shape.unpool_size", "u", "error")]),
    ],
)
def test_unpooling_to_another_size_than_was_pooled_is_told(
    shape: list[int], pooling: dict[str, Any], expected: list[Any]
) -> None:
    nodes = [
        node("x", "Input", shape=shape),
        node("p", "MaxPool2d", kernel_size=2, **pooling),
        node("u", "MaxUnpool2d", kernel_size=2),
        node("y", "Output"),
    ]

    assert found(graph(nodes, "x>p p>u p.indices>u.indices u>y")) == expected


@pytest.mark.parametrize("name", ["fashion-mnist-dense", "fashion-cnn", "wine"])
def test_the_templates_need_no_advice(name: str) -> None:
    codes = {problem["code"] for problem in analyse(document(load_template(name)))["problems"]}

    assert codes <= {"data.unbound", "input.no_shape"}


def test_number_types_that_torch_refuses_are_told_with_what_was_expected() -> None:
    layer, spec = CATALOGUE["MatMul"], TensorSpec((2, 2), "int64")
    with pytest.raises(RuntimeError) as refused:
        torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.int64)

    failure = read_failure(refused.value, layer, {}, {"input": (TensorSpec((2, 2)),), "other": (spec,)})

    assert failure.code == "dtype.unfit"
    assert failure.fields["received"] == "“input” 2×2; “other” 2×2 int64"
    assert "“input” float32, such as" in failure.fields["expected"].render("en")
