"""The generated module: it reads well, is formatted, and does exactly what the interpreter does."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.graph.documents import block, chain, document, graph, image_facts, node
from trainer.errors import UserError
from trainer.graph.bind import bind
from trainer.graph.codegen import generate_code
from trainer.graph.compile import compile_graph
from trainer.graph.document import Document
from trainer.graph.interpreter import Interpreter
from trainer.graph.templates import load_template

ROOT = Path(__file__).parents[3]


WIDTH = [{"name": "width", "type": "int", "default": 6}]
RESIDUAL = block(
    [
        node("a", "BlockInput", name="x"),
        node("b", "Conv2d", name="conv", out_channels={"$": "width"}, kernel_size=3, padding=1, bias=False),
        node("c", "BatchNorm2d", name="norm"),
        node("d", "Conv2d", name="skip", out_channels={"$": "width"}, kernel_size=1),
        node("e", "Add", name="add"),
        node("f", "BlockOutput", name="y"),
    ],
    "a>b b>c a>d c>e.inputs d>e.inputs e>f",
    WIDTH,
)
STAGE = block(
    [
        node("a", "BlockInput", name="x"),
        node("b", "block:Residual", name="first", width={"$": "width"}),
        node("c", "block:Residual", name="more", width={"$": "width"}, repeat=2),
        node("d", "BlockOutput", name="y"),
    ],
    "a>b.x b.y>c.x c.y>d",
    WIDTH,
)
TWO_PORTS = block(
    [
        node("a", "BlockInput", name="left"),
        node("b", "BlockInput", name="right"),
        node("c", "Linear", name="gate", out_features=4),
        node("d", "Mul", name="product"),
        node("e", "BlockOutput", name="gated"),
        node("f", "BlockOutput", name="raw"),
        node("g", "Parameter", name="shift", shape=[4]),
        node("h", "Add", name="moved"),
    ],
    "a>c c>d.inputs b>d.inputs d>h.inputs g>h.inputs h>e c>f",
)


def nested_blocks() -> dict[str, Any]:
    layers = chain(
        node("x", "Input", shape=[3, 8, 8]),
        node("s1", "block:Stage", width=4),
        node("s2", "block:Stage"),
        node("m", "Mean", dim=[2, 3]),
        node("y", "Output"),
    )
    for wire in layers["edges"]:
        wire["target_port"] = "x" if wire["target"].startswith("s") else wire["target_port"]
        wire["source_port"] = "y" if wire["source"].startswith("s") else wire["source_port"]
    return {**layers, "blocks": {"Residual": RESIDUAL, "Stage": STAGE}}


def block_with_ports() -> dict[str, Any]:
    nodes = [
        node("x", "Input", shape=[5]),
        node("z", "Input", shape=[4]),
        node("b", "block:Gate", name="gate"),
        node("y1", "Output"),
        node("y2", "Output"),
    ]
    return graph(nodes, "x>b.left z>b.right b.gated>y1 b.raw>y2", {"Gate": TWO_PORTS})


def shared_and_tied() -> dict[str, Any]:
    nodes = [
        node("p", "Input", shape=[6]),
        node("q", "Input", shape=[6]),
        node("one", "Linear", out_features=6),
        node("two", "Linear", out_features=6, shares="one"),
        node("three", "Linear", out_features=6, ties={"weight": ["one", "weight"]}),
        node("four", "Linear", out_features=6, frozen=True),
        node("both", "Concat"),
        node("y", "Output"),
    ]
    return graph(
        nodes, "p>one q>two p>three q>four one>both.inputs two>both.inputs three>both.inputs four>both.inputs both>y"
    )


def memories() -> dict[str, Any]:
    nodes = [
        node("x", "Input", shape=[7, 5]),
        node("m", "Input", shape=[7], dtype="bool"),
        node("encoder", "LSTM", hidden_size=6),
        node("decoder", "LSTM", hidden_size=6),
        node("gru", "GRU", hidden_size=3),
        node("attend", "MultiheadAttention", num_heads=3),
        node("layers", "TransformerEncoderLayer", nhead=2, dim_feedforward=8, dropout=0.0, repeat=2),
        node("last", "Select"),
        node("y", "Output"),
        node("w", "Output"),
        node("g", "Output"),
    ]
    wires = (
        "x>encoder x>decoder encoder.h_n>decoder.state encoder.c_n>decoder.state x>gru decoder>attend.query"
        " m>attend.mask attend>layers layers>last last>y attend.weights>w gru.h_n>g"
    )
    return graph(nodes, wires)


def long_names() -> dict[str, Any]:
    names = [f"a_branch_with_a_rather_long_name_so_that_lines_must_break_{number}" for number in range(6)]
    nodes = [node("x", "Input", name="x" * 60, shape=[2, 16, 16])]
    nodes += [
        node(f"n{i}", "Conv2d", name=name, out_channels=4, kernel_size=[3, 5], padding=[1, 2], padding_mode="circular")
        for i, name in enumerate(names)
    ]
    nodes += [
        node("s", "Add", name="sum_of_branches"),
        node("c", "Concat", name="joined"),
        node("y", "Output"),
        node("z", "Output"),
    ]
    wires = [f"x>n{i}" for i in range(6)] + [f"n{i}>s.inputs" for i in range(6)] + [f"n{i}>c.inputs" for i in range(6)]
    return graph(nodes, " ".join([*wires, "s>y", "c>z"]))


def dotted_names() -> dict[str, Any]:
    """Names that would collide with the variables of further outputs."""
    nodes = [
        node("x", "Input", shape=[7, 5]),
        node("rnn", "LSTM", name="memory", hidden_size=4),
        node("r", "ReLU", name="memory_h_n"),
        node("y", "Output"),
        node("z", "Output"),
    ]
    return graph(nodes, "x>rnn rnn.h_n>r r>y rnn.c_n>z")


def unread_inputs() -> dict[str, Any]:
    """Layers that only feed inputs of blocks that nothing in them reads, from outside and from another block."""
    inner = block([node("a", "BlockInput"), node("b", "BlockInput"), node("o", "BlockOutput")], "a>o")
    outer = block(
        [
            *(node("p", "BlockInput"), node("q", "BlockInput"), node("lost", "Linear", out_features=3)),
            *(node("use", "block:Inner"), node("out", "BlockOutput")),
        ],
        "p>use.a q>lost lost>use.b use.o>out",
    )
    nodes = [
        *(node("x", "Input", shape=[4]), node("kept", "Linear", out_features=4), node("split", "LSTM", hidden_size=2)),
        *(node("steps", "Reshape", shape=[2, 2]), node("u", "block:Outer"), node("y", "Output")),
    ]
    return graph(nodes, "x>kept x>steps steps>split kept>u.p split.h_n>u.q u.out>y", {"Inner": inner, "Outer": outer})


GRAPHS = [nested_blocks, block_with_ports, shared_and_tied, memories, long_names, dotted_names, unread_inputs]


def templates() -> list[Document]:
    return [document(load_template("diabetes")), bind(document(load_template("fashion-cnn")), image_facts())]


def documents() -> list[Document]:
    return [*[document(make()) for make in GRAPHS], *templates()]


IDS = [*[make.__name__ for make in GRAPHS], "diabetes", "fashion_cnn"]


@pytest.mark.parametrize("made", documents(), ids=IDS)
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_the_module_equals_the_interpreter_bit_by_bit(made: Document, training: bool) -> None:
    torch.manual_seed(1)
    compiled = compile_graph(made)
    torch.manual_seed(1)
    oracle = Interpreter(made)
    params = {one.name: one.params for one in made.nodes}
    inputs = [
        torch.randn(3, *params[name]["shape"])
        if params[name].get("dtype") != "bool"
        else torch.zeros(3, 7, dtype=torch.bool)
        for name in compiled.inputs
    ]

    ours, theirs = compiled.network.state_dict(), oracle.state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    results = []
    for network, run in ((compiled.network, compiled.run), (oracle, oracle)):
        network.train(training)
        torch.manual_seed(2)
        outputs = run(*inputs)
        sum(output.square().sum() for output in outputs).backward()
        gradients = {
            name: parameter.grad for name, parameter in network.named_parameters() if parameter.grad is not None
        }
        results.append((outputs, gradients))
    (outputs, gradients), (expected, expected_gradients) = results
    assert len(outputs) == len(compiled.outputs)
    assert all(torch.equal(one, other) for one, other in zip(outputs, expected, strict=True))
    assert gradients.keys() == expected_gradients.keys()
    assert all(torch.equal(gradients[name], expected_gradients[name]) for name in gradients)


@pytest.mark.parametrize("made", documents(), ids=IDS)
def test_the_module_is_as_the_formatter_would_leave_it_and_runs_alone(made: Document, tmp_path: Path) -> None:
    code = generate_code(made)
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "-"]
    formatted = subprocess.run(ruff, input=code, capture_output=True, text=True, check=True).stdout
    assert code == formatted

    lint = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,I,W", "--line-length", "130", "-"]
    subprocess.run(lint, input=code, capture_output=True, text=True, check=True)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "network.py", "exec"), namespace)


def test_the_module_of_the_template_reads_like_this() -> None:
    code = generate_code(bind(document(load_template("fashion-mnist-dense")), image_facts()))

    assert "self.hidden = nn.Linear(784, 256)  # [256]" in code
    assert "def forward(self, image):  # [1, 28, 28]" in code
    assert "logits = self.logits(act)  # [10]" in code


def test_one_class_is_written_for_each_block() -> None:
    code = generate_code(document(nested_blocks()))

    assert code.count("class Residual(nn.Module)") == code.count("class Stage(nn.Module)") == 1
    assert code.index("class Residual") < code.index("class Stage") < code.index("class Network")
    assert "for _ in range(2)" in code


def test_a_shared_node_has_no_weights_of_its_own_and_a_tied_one_counts_once() -> None:
    compiled = compile_graph(document(shared_and_tied()))
    weights = compiled.network.state_dict()

    assert not any(name.startswith("two.") for name in weights)
    assert weights["three.weight"].data_ptr() == weights["one.weight"].data_ptr()
    assert sum(parameter.numel() for parameter in compiled.network.parameters()) == 42 + 6 + 42


def test_frozen_nodes_do_not_train() -> None:
    network = compile_graph(document(shared_and_tied())).network

    assert {name for name, parameter in network.named_parameters() if not parameter.requires_grad} == {
        "four.weight",
        "four.bias",
    }


def test_a_graph_with_problems_is_refused_before_it_is_built() -> None:
    big = chain(node("x", "Input", shape=[784]), node("big", "Linear", out_features=10**12), node("y", "Output"))

    with pytest.raises(UserError) as caught:
        compile_graph(document(big))
    assert (caught.value.code, caught.value.status) == ("graph.invalid", 422)
    assert [problem.code for problem in caught.value.problems] == ["limit.parameters"]


def test_nodes_that_reach_no_output_are_not_written() -> None:
    nodes = [
        node("x", "Input", shape=[4]),
        node("z", "Input", shape=[4]),
        node("loose", "Linear", out_features=2),
        node("y", "Output"),
    ]
    compiled = compile_graph(document(graph(nodes, "x>y z>loose")))

    assert compiled.inputs == ("x",)
    assert "loose" not in compiled.code


def test_outputs_with_losses_of_several_tensors_and_wired_targets_return_them_in_order() -> None:
    """An autoencoder's target comes from its Input; a divergence takes two tensors and has no target."""
    data = graph(
        [
            node("a", "Input", name="x", shape=[6], dtype="float32"),
            node("b", "Linear", name="mu", out_features=2),
            node("c", "Linear", name="logvar", out_features=2),
            node("d", "Linear", name="decoded", out_features=6),
            node("e", "Output", name="rebuilt", loss={"type": "MSELoss", "params": {}}),
            node("f", "Output", name="divergence", loss={"type": "KLDivNormal", "params": {}}, predict=False),
        ],
        "a>b a>c b>d d>e a>e.target b>f.mu c>f.logvar",
    )
    compiled = compile_graph(document(data))
    assert compiled.outputs == ("rebuilt", "divergence")
    assert compiled.results == (
        ("rebuilt", "input"),
        ("rebuilt", "target"),
        ("divergence", "mu"),
        ("divergence", "logvar"),
    )
    assert "return decoded, x, mu, logvar" in compiled.code
    sample = torch.randn(3, 6)
    torch.manual_seed(0)
    ours = compile_graph(document(data))
    torch.manual_seed(0)
    oracle = Interpreter(document(data))
    results = ours.run(sample)
    assert results[1] is sample
    assert all(one.equal(other) for one, other in zip(results, oracle(sample), strict=True))


def test_one_plain_output_returns_its_tensor() -> None:
    data = chain(
        node("a", "Input", shape=[4], dtype="float32"),
        node("b", "Linear", out_features=2),
        node("c", "Output", loss={"type": "CrossEntropyLoss", "params": {}}),
    )
    compiled = compile_graph(document(data))
    assert compiled.results == (("c", "input"),)
    assert compiled.network(torch.zeros(2, 4)).shape == (2, 2)


def test_port_of_a_loss_that_nothing_is_wired_to_is_missing() -> None:
    data = chain(
        node("a", "Input", shape=[4], dtype="float32"),
        node("b", "Output", loss={"type": "GaussianNLLLoss", "params": {}}),
    )
    with pytest.raises(UserError, match="var"):
        compile_graph(document(data))


def test_pooling_gives_its_indices_only_where_they_are_read() -> None:
    nodes = [
        node("a", "Input", name="x", shape=[1, 4, 4]),
        node("b", "MaxPool2d", name="pool", kernel_size=2),
        node("c", "MaxUnpool2d", name="back", kernel_size=2),
        node("d", "Output", name="y"),
    ]
    read = document(graph(nodes, "a>b b>c b.indices>c.indices c>d"))
    unread = document(chain(nodes[0], nodes[1], nodes[3]))
    sample = torch.randn(2, 1, 4, 4)

    compiled = compile_graph(read)
    assert "return_indices=True" in compiled.code
    assert compiled.run(sample)[0].equal(Interpreter(read)(sample)[0])
    assert sorted(compiled.run(sample)[0].unique().tolist())[-1] == sample.max().item()
    assert "self.pool = nn.MaxPool2d(kernel_size=2)" in compile_graph(unread).code


def odd_pooling(rank: int, *, like: bool = True) -> dict[str, Any]:
    nodes = [
        node("a", "Input", name="x", shape=[2, 15, 13, 11][: rank + 1]),
        node("b", f"MaxPool{rank}d", name="pool", kernel_size=2),
        node("c", f"MaxUnpool{rank}d", name="back", kernel_size=2),
        node("d", "Output", name="y"),
    ]
    return graph(nodes, "a>b b>c b.indices>c.indices c>d" + (" a>c.like" if like else ""))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_odd_sizes_come_back_from_pooling_where_what_was_pooled_is_wired(rank: int) -> None:
    compiled = compile_graph(document(odd_pooling(rank)))
    sample = torch.randn(3, 2, *(15, 13, 11)[:rank])
    pool = getattr(torch.nn, f"MaxPool{rank}d")(2, return_indices=True)
    kept, indices = pool(sample)

    (back,) = compiled.run(sample)

    expected = torch.zeros_like(sample).flatten(2).scatter(2, indices.flatten(2), kept.flatten(2)).view_as(sample)
    assert back.equal(expected)
    assert back.equal(Interpreter(document(odd_pooling(rank)))(sample)[0])
    assert "output_size=x.shape[2:]" in compiled.code


@pytest.mark.parametrize("reader", ["b", "c"])
def test_shared_pools_are_one_module_though_only_one_is_read_for_its_indices(reader: str) -> None:
    nodes = [
        node("a", "Input", name="x", shape=[1, 4, 4]),
        node("b", "MaxPool2d", name="pool", kernel_size=2),
        node("c", "MaxPool2d", name="again", shares="b"),
        node("d", "MaxUnpool2d", name="back", kernel_size=2),
        node("y", "Output"),
        node("z", "Output"),
    ]
    other = "b" if reader == "c" else "c"
    shared = document(graph(nodes, f"a>b a>c {reader}>d {reader}.indices>d.indices d>y {other}>z"))
    compiled, sample = compile_graph(shared), torch.randn(2, 1, 4, 4)

    assert compiled.code.count("nn.MaxPool2d(") == 1
    found, oracle = compiled.run(sample), Interpreter(shared)(sample)
    assert all(one.equal(other) for one, other in zip(found, oracle, strict=True))
    assert found[1].equal(torch.nn.functional.max_pool2d(sample, 2))
