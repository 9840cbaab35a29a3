"""What every block of the library promises. A new block is tested by being a file there with two uses here."""

import copy
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from tests.trainer.graph.library_instances import USES, Use, block_document
from tests.trainer.layers.instances import random_inputs
from tests.trainer.layers.test_contract import assert_equals_interpreter
from trainer.graph.analysis import analyse, examine
from trainer.graph.block_forms import blocks_json
from trainer.graph.block_library import LIBRARY, LibraryBlock
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import parse_document
from trainer.graph.values import is_reference
from trainer.serving.export import onnx_program

BLOCKS = list(LIBRARY.values())
CASES = [(name, number) for name in LIBRARY for number in (0, 1)]
each_block = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
each_use = pytest.mark.parametrize(("name", "number"), CASES, ids=[f"{name}-{number + 1}" for name, number in CASES])


def compiled(name: str, one: Use) -> tuple[CompiledGraph, list[Tensor]]:
    document = block_document(name, one)
    torch.manual_seed(3)
    graph = compile_graph(document)
    return graph, random_inputs(document, graph.inputs)


def test_every_block_has_two_uses() -> None:
    assert LIBRARY.keys() == USES.keys()


@each_block
def test_every_word_is_there_in_both_languages(block: LibraryBlock) -> None:
    texts = [block.label, block.summary, *[text for param in block.params for text in (param.label, param.summary)]]

    assert all(text.en.strip() and text.zh.strip() for text in texts)
    assert all(max(text.zh) >= "一" for text in (block.label, block.summary))
    assert block.formula
    assert not block.formula.startswith("$")


@each_block
def test_every_parameter_reaches_a_node_and_takes_two_values(block: LibraryBlock) -> None:
    read = {v["$"] for node in block.block.graph.nodes for v in node.params.values() if is_reference(v)}
    first, second = USES[block.name]

    assert read == {param.name for param in block.params}
    assert all(param.accepts(param.default) and param.in_range(param.default) for param in block.params)
    assert all(first.params[name] != second.params[name] for name in read)


@each_block
def test_its_definitions_are_all_that_a_document_needs(block: LibraryBlock) -> None:
    used = {node.block for inner in block.definitions.values() for node in inner.graph.nodes if node.block}

    assert set(block.definitions) == used | {block.name}


@each_use
def test_a_placed_block_has_no_problem(name: str, number: int) -> None:
    answer = analyse(block_document(name, USES[name][number]))

    assert [problem["message"] for problem in answer["problems"]] == []


@each_use
def test_generated_code_does_exactly_what_the_interpreter_does(name: str, number: int) -> None:
    assert_equals_interpreter(block_document(name, USES[name][number]))


@each_use
def test_a_step_of_training_moves_every_parameter(name: str, number: int) -> None:
    graph, inputs = compiled(name, USES[name][number])
    before = copy.deepcopy(dict(graph.network.named_parameters()))

    total = sum((output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum() for output in graph.run(*inputs))
    if before:
        total.backward()
        torch.optim.SGD(graph.network.parameters(), lr=0.1).step()

    moved = {key for key, parameter in graph.network.named_parameters() if not torch.equal(before[key], parameter)}
    assert before.keys() == moved


@each_use
def test_its_export_answers_as_torch_does_at_every_batch_size(name: str, number: int, tmp_path: Path) -> None:
    document = block_document(name, USES[name][number])
    graph, _ = compiled(name, USES[name][number])
    graph.network.eval()

    def arrays(rows: int) -> dict[str, np.ndarray]:
        tensors = random_inputs(document, graph.inputs, batch=rows)
        return dict(zip(graph.inputs, [tensor.detach().numpy() for tensor in tensors], strict=True))

    onnx_program(graph, arrays(3)).save(tmp_path / "block.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "block.onnx")
    for rows in (1, 2, 7):
        given = arrays(rows)
        with torch.no_grad():
            expected = graph.run(*map(torch.from_numpy, given.values()))
        for output, answer in zip(expected, session.run(list(graph.outputs), given), strict=True):
            np.testing.assert_allclose(answer, output.numpy(), rtol=1e-3, atol=1e-4)


@each_block
def test_the_catalogue_gives_what_placing_it_needs(block: LibraryBlock) -> None:
    entry = next(entry for entry in blocks_json("zh") if entry["name"] == block.name)

    assert entry["type"] == f"block:{block.name}"
    assert entry["label"] == block.label.zh
    assert [port["name"] for port in entry["inputs"]] == list(USES[block.name][0].shapes)
    read = parse_document({"format": 1, "nodes": [], "edges": [], "blocks": entry["definitions"]})
    assert read.blocks == block.definitions


def test_parameters_change_the_size_of_the_network() -> None:
    sizes = {
        name: [examine(block_document(name, one)).totals["num_parameters"] for one in uses]
        for name, uses in USES.items()
        if LIBRARY[name].params and name != "DropPath"
    }

    assert [name for name, (first, second) in sizes.items() if first == second] == []
