"""The generated module where names, parameters of blocks or long lines could lead it astray."""

import subprocess
import sys
from typing import Any

import pytest
import torch

from tests.trainer.graph.documents import block, chain, document, graph, node
from tests.trainer.graph.test_codegen import nested_blocks
from trainer.errors import UserError
from trainer.graph.analysis import examine
from trainer.graph.codegen import generate_code
from trainer.graph.compile import compile_graph
from trainer.graph.document import Document, content_hash
from trainer.graph.interpreter import Interpreter


def with_param(param: dict[str, Any]) -> dict[str, Any]:
    """A document with a block that has one parameter."""
    same = block([node("a", "BlockInput", name="x"), node("b", "BlockOutput", name="y")], "a>b", [param])
    nodes = [node("x", "Input", shape=[2]), node("s", "block:Same"), node("y", "Output")]
    return graph(nodes, "x>s.x s.y>y", {"Same": same})


def exec_module(code: str) -> dict[str, Any]:
    """The generated module, run as a program."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "network.py", "exec"), namespace)
    return namespace


def test_names_that_python_has_itself_hide_nothing_that_the_code_calls() -> None:
    inside = [node("a", "BlockInput", name="slice"), node("b", "Split", name="list", sizes={"$": "sizes"})]
    halves = block(
        [*inside, node("c", "BlockOutput", name="range")],
        "a>b b.output_1>c",
        [{"name": "sizes", "type": "ints", "default": [1, 3]}],
    )
    nodes = [
        node("a", "Input", name="print", shape=[4]),
        node("b", "Input", name="network", shape=[4]),
        node("c", "Input", name="sample_network", shape=[4]),
        node("d", "Add", name="super"),
        node("f", "block:Halves", name="range"),
        node("g", "Output", name="list"),
    ]
    code = generate_code(
        document(graph(nodes, "a>d.inputs b>d.inputs c>d.inputs d>f.slice f.range>g", {"Halves": halves}))
    )

    exec_module(code)


@pytest.mark.parametrize("name", ["range", "super"])
def test_a_parameter_of_a_block_cannot_hide_what_its_constructor_calls(name: str) -> None:
    with pytest.raises(UserError) as caught:
        document(with_param({"name": name, "type": "int", "default": 1}))
    assert caught.value.code == "graph.bad_name"


def test_a_cut_whose_number_of_parts_is_a_parameter_works_in_every_use_of_its_block() -> None:
    parts = block(
        [
            node("a", "BlockInput", name="x"),
            node("b", "Chunk", name="parts", chunks={"$": "count"}),
            node("c", "BlockOutput", name="y"),
        ],
        "a>b b.output_1>c",
        [{"name": "count", "type": "int", "default": 2}],
    )
    nodes = [
        node("x", "Input", shape=[12]),
        node("a", "block:Parts", count=4),
        node("b", "block:Parts"),
        node("c", "block:Parts", count=3),
        *[node(f"y{use}", "Output") for use in "abc"],
    ]
    made = document(graph(nodes, "x>a.x x>b.x x>c.x a.y>ya b.y>yb c.y>yc", {"Parts": parts}))
    sample = torch.arange(24.0).view(2, 12)

    results = compile_graph(made).run(sample)

    assert [result[0].tolist() for result in results] == [[3, 4, 5], [6, 7, 8, 9, 10, 11], [4, 5, 6, 7]]
    assert all(torch.equal(one, other) for one, other in zip(results, Interpreter(made)(sample), strict=True))


@pytest.mark.parametrize("dim", [1, 2, -1, -2])
def test_a_slice_along_an_axis_that_is_a_parameter_cuts_that_axis(dim: int) -> None:
    name = "the_axis_along_which_to_cut_with_a_name_that_makes_lines_long"
    cut = block(
        [
            node("a", "BlockInput", name="x"),
            node("b", "Slice", name="a_cut_whose_name_makes_lines_long_too", dim={"$": name}, end=2, step=2),
            node("c", "BlockOutput", name="y"),
        ],
        "a>b b>c",
        [{"name": name, "type": "int", "default": 1}],
    )
    nodes = [node("x", "Input", shape=[3, 4]), node("b", "block:Cut", **{name: dim}), node("y", "Output")]
    made = document(graph(nodes, "x>b.x b.y>y", {"Cut": cut}))
    sample = torch.randn(2, 3, 4)

    assert torch.equal(compile_graph(made).run(sample)[0], Interpreter(made)(sample)[0])


def test_a_text_of_a_block_cannot_end_its_quotes() -> None:
    text = 'a"b\'c\\\n"""\u202e} + __import__("os") #'
    code = generate_code(document(with_param({"name": "mode", "type": "str", "default": text})))

    assert exec_module(code)["Same"].__init__.__kwdefaults__["mode"] == text


def test_a_long_row_of_inputs_is_called_over_several_lines() -> None:
    names = [f"an_input_with_a_name_that_is_too_long_for_one_line_{number}" for number in range(4)]
    nodes = [node(f"x{number}", "Input", name=name, shape=[2]) for number, name in enumerate(names)]
    ends = [node(f"y{number}", "Output") for number in range(4)]

    exec_module(generate_code(document(graph(nodes + ends, " ".join(f"x{n}>y{n}" for n in range(4))))))


def test_documents_with_one_hash_have_one_code() -> None:
    def clamped(lowest: float, size: Any) -> Document:
        nodes = [node("p", "MaxPool2d", kernel_size=size), node("c", "Clamp", min=lowest)]
        return document(chain(node("x", "Input", shape=[1, 4, 4]), *nodes, node("y", "Output")))

    one, other = clamped(-1, [2, 2]), clamped(-1.0, 2)

    assert content_hash(one) == content_hash(other)
    assert generate_code(one) == generate_code(other)


def test_a_mistake_inside_a_block_is_told_once_and_not_as_missing_ports() -> None:
    bad = block(
        [
            node("a", "BlockInput", name="x"),
            node("b", "Conv2d", name="conv", out_channels=3, kernel_size=3),
            node("c", "BlockOutput", name="y"),
        ],
        "a>b b>c",
    )
    nodes = [node("x", "Input", shape=[4]), node("b", "block:Bad"), node("y", "Output")]

    problems = examine(document(graph(nodes, "x>b.x b.y>y", {"Bad": bad}))).errors

    assert [(problem.code, problem.node) for problem in problems] == [("shape.rank", "b/b")]


def test_long_names_are_broken_over_lines_as_the_formatter_would() -> None:
    """A difference, the several results of a block, and a first value before a loop."""
    one, other, third = (f"{letter * 3}_{'long' * 14}" for letter in "abc")
    inside = [node("a", "BlockInput", name="x"), node("b", "BlockOutput", name="y"), node("c", "BlockOutput", name="z")]
    nodes = [
        node("a", "Input", name=one, shape=[4]),
        node("b", "Sub", name=other),
        node("c", "block:Two", name=third),
        node("d", "ReLU", name="d" + other[1:], repeat=2),
        node("y", "Output"),
        node("z", "Output"),
    ]
    two = block(inside, "a>b a>c")
    code = generate_code(
        document(graph(nodes, "a>b.input a>b.other b>c.x c.y>d d>y c.z>z", {"T" + "w" * 60: two, "Two": two}))
    )
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "-"]

    assert subprocess.run(ruff, input=code, capture_output=True, text=True, check=True).stdout == code
    assert max(map(len, code.splitlines())) <= 120


def tied(nodes: list[dict[str, Any]], wires: str) -> Document:
    return document(graph([node("x", "Input", shape=[4]), *nodes, node("y", "Output")], wires))


def test_weights_tied_one_to_the_next_are_one_in_whatever_order_they_are_built() -> None:
    owner = node("a", "Linear", out_features=4)
    middle = node("b", "Linear", out_features=4, ties={"weight": ["a", "weight"]})
    last = node("c", "Linear", out_features=4, ties={"weight": ["b", "weight"], "bias": ["a", "bias"]})
    for wires in ("x>a a>b b>c c>y", "x>c c>b b>a a>y"):
        made = tied([owner, middle, last], wires)
        for network in (compile_graph(made).network, Interpreter(made)):
            assert network.a.weight is network.b.weight is network.c.weight
            count = sum(parameter.numel() for parameter in network.parameters())
            assert count == examine(made).totals["num_parameters"] == 16 + 4 + 4


def test_weights_that_are_tied_in_a_circle_are_a_problem_of_each_of_them() -> None:
    nodes = [
        node(name, "Linear", out_features=4, ties={"weight": [other, "weight"]}) for name, other in ("ab", "bc", "ca")
    ]
    problems = examine(tied(nodes, "x>a a>b b>c c>y")).errors

    assert {(problem.code, problem.node) for problem in problems} == {("tie.unfit", name) for name in "abc"}


def test_a_block_is_told_only_what_differs_from_its_defaults() -> None:
    said = nested_blocks()
    next(one for one in said["nodes"] if one["id"] == "s2")["params"]["width"] = 6
    assert generate_code(document(said)) == generate_code(document(nested_blocks()))
    assert "width=4)" in generate_code(document(said))
