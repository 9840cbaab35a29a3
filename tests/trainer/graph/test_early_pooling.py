"""A ReLU before a max pool runs after it, and nobody can tell by the numbers."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainer.graph.documents import MEAN_SQUARE, block, chain, document, graph, node
from trainer.graph.codegen import generate_code
from trainer.graph.compile import compile_graph
from trainer.graph.interpreter import Interpreter

IMAGE = node("x", "Input", shape=[2, 9, 9], dtype="float32")
CONVOLUTION = node("conv", "Conv2d", out_channels=3, kernel_size=3, padding=1)
POOL = node("pool", "MaxPool2d", kernel_size=2)
END = node("y", "Output", loss=MEAN_SQUARE)


def calls(code: str) -> list[str]:
    """The nodes of the network in the order in which its code calls them."""
    lines = code.partition("def forward")[2].partition("return")[0].splitlines()
    return [line.partition("self.")[2].partition("(")[0] for line in lines if "self." in line]


def gradients(network: nn.Module, results: tuple[Tensor, ...], sample: Tensor) -> list[Tensor]:
    weights = [torch.linspace(-1, 2, result.numel()).reshape(result.shape) for result in results]
    loss = sum(((result * weight).sum() for result, weight in zip(results, weights, strict=True)), torch.zeros(()))
    return list(torch.autograd.grad(loss, [sample, *network.parameters()]))


def assert_same_bits(data: dict[str, Any], *samples: Tensor) -> None:
    """Outputs and gradients are those of the graph as it was drawn."""
    read = document(data)
    torch.manual_seed(3)
    compiled = compile_graph(read)
    drawn = Interpreter(read)
    drawn.load_state_dict(compiled.network.state_dict())
    for given in samples:
        sample = given.clone().requires_grad_()
        ours, theirs = compiled.run(sample), drawn(sample)
        for one, other in zip(ours, theirs, strict=True):
            assert torch.equal(bits(one), bits(other))
        for one, other in zip(gradients(compiled.network, ours, sample), gradients(drawn, theirs, sample), strict=True):
            assert torch.equal(bits(one), bits(other))


def bits(numbers: Tensor) -> Tensor:
    """Not a number equals itself so, but for its payload; zeros of both signs are the same number."""
    return (numbers.detach().nan_to_num(nan=1e30) + 0.0).view(torch.int32)


def samples(*shape: int) -> list[Tensor]:
    """Numbers as they come, many that are equal, none above zero, and what is no number at all."""
    generator = torch.Generator().manual_seed(5)
    usual = torch.randn(4, *shape, generator=generator)
    odd = usual.clone()
    odd.view(-1)[::7] = float("nan")
    odd.view(-1)[1::11] = float("inf")
    return [usual, usual.round(), -usual.abs(), torch.zeros(4, *shape), odd]


@pytest.mark.parametrize(
    ("shape", "pool"),
    [
        ((3, 14), node("pool", "MaxPool1d", kernel_size=3, stride=1, padding=1)),
        ((2, 9, 9), POOL),
        ((2, 9, 9), node("pool", "MaxPool2d", kernel_size=3, stride=2, padding=1)),
        ((2, 9, 9), node("pool", "MaxPool2d", kernel_size=2, stride=1, dilation=2)),
        ((2, 9, 9), node("pool", "MaxPool2d", kernel_size=[2, 4], ceil_mode=True)),
        ((2, 9, 9), node("pool", "AdaptiveMaxPool2d", output_size=4)),
        ((2, 6, 6, 6), node("pool", "MaxPool3d", kernel_size=2)),
    ],
)
def test_the_pool_runs_first_and_every_bit_is_as_drawn(shape: tuple[int, ...], pool: dict[str, Any]) -> None:
    data = chain(node("x", "Input", shape=list(shape), dtype="float32"), node("relu", "ReLU"), pool, END)

    assert calls(compile_graph(document(data)).code) == ["pool", "relu"]
    assert_same_bits(data, *samples(*shape))


def test_between_convolutions_weights_and_their_gradients_stay_too() -> None:
    further = node("conv2", "Conv2d", out_channels=4, kernel_size=3)
    data = chain(
        IMAGE,
        CONVOLUTION,
        node("relu", "ReLU"),
        POOL,
        further,
        node("relu2", "ReLU"),
        node("pool2", "MaxPool2d", kernel_size=2),
        END,
    )

    assert calls(compile_graph(document(data)).code) == ["conv", "pool", "relu", "conv2", "pool2", "relu2"]
    assert_same_bits(data, *samples(2, 9, 9))


def test_the_code_that_is_shown_keeps_the_order_of_the_drawing() -> None:
    assert calls(generate_code(document(chain(IMAGE, node("relu", "ReLU"), POOL, END)))) == ["relu", "pool"]


def test_a_pool_may_pass_several() -> None:
    data = chain(IMAGE, node("relu", "ReLU"), POOL, node("pool2", "MaxPool2d", kernel_size=2), END)

    assert calls(compile_graph(document(data)).code) == ["pool", "pool2", "relu"]
    assert_same_bits(data, *samples(2, 9, 9))


def test_a_relu_that_shares_anothers_module_goes_as_well() -> None:
    data = chain(IMAGE, node("first", "ReLU"), CONVOLUTION, node("again", "ReLU", shares="first"), POOL, END)

    assert calls(compile_graph(document(data)).code) == ["first", "conv", "pool", "first"]
    assert_same_bits(data, *samples(2, 9, 9))


@pytest.mark.parametrize(
    ("nodes", "wires"),
    [
        ([node("relu", "ReLU"), POOL, node("y2", "Output", loss=MEAN_SQUARE)], "x>relu relu>pool pool>y relu>y2"),
        ([node("relu", "LeakyReLU"), POOL], "x>relu relu>pool pool>y"),
        ([node("relu", "ReLU", repeat=2), POOL], "x>relu relu>pool pool>y"),
        ([node("relu", "ReLU"), node("pool", "AvgPool2d", kernel_size=2)], "x>relu relu>pool pool>y"),
        (
            [
                node("relu", "ReLU"),
                node("pool", "MaxPool2d", kernel_size=3),
                node("back", "MaxUnpool2d", kernel_size=3),
            ],
            "x>relu relu>pool pool>back pool.indices>back.indices back>y",
        ),
        ([POOL, node("relu", "ReLU")], "x>pool pool>relu relu>y"),
    ],
)
def test_elsewhere_the_order_stays(nodes: list[dict[str, Any]], wires: str) -> None:
    read = document(graph([IMAGE, *nodes, END], wires))

    assert compile_graph(read).code == generate_code(read)


def test_inside_a_block_whose_uses_have_other_sizes() -> None:
    inside = block(
        [
            node("a", "BlockInput", name="x"),
            node("b", "Conv2d", name="conv", out_channels=4, kernel_size=3, padding=1),
            node("c", "ReLU", name="relu"),
            node("d", "MaxPool2d", name="pool", kernel_size=2),
            node("e", "BlockOutput", name="y"),
        ],
        "a>b b>c c>d d>e",
    )
    uses = [node("one", "block:Stage"), node("two", "block:Stage")]
    data = graph([IMAGE, *uses, END], "x>one.x one.y>two.x two.y>y", {"Stage": inside})

    code = compile_graph(document(data)).code

    assert code.index("self.pool(") < code.index("self.relu(")
    assert_same_bits(data, *samples(2, 9, 9))
