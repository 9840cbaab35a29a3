"""What every entry of the catalogue promises. A new layer is tested by being in the catalogue."""

import pytest
import torch
from torch import Tensor

from tests.trainer.layers.instances import entry_document, random_inputs
from trainer.graph.analysis import analyse
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import Document
from trainer.graph.interpreter import Interpreter
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Layer, Param

ENDS = {"Input", "Output", "BlockInput", "BlockOutput", "Unknown"}
LAYERS = [layer for layer in CATALOGUE.values() if layer.type not in ENDS]
PARAMS = [
    (layer, param) for layer in LAYERS for param in layer.params if param.inferred is None or param.inferred.optional
]
TRIALS = [(layer, param, value) for layer, param in PARAMS for value in layer.example.tries.get(param.name, ())]


def build(document: Document) -> CompiledGraph:
    torch.manual_seed(3)
    return compile_graph(document)


def outputs_and_gradients(run, network: torch.nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    torch.manual_seed(5)
    for tensor in [*inputs, *network.parameters()]:
        tensor.grad = None
    outputs = run(*inputs)
    total = sum((output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum() for output in outputs)
    if isinstance(total, Tensor) and total.requires_grad:
        total.backward()
    gradients = [tensor.grad for tensor in [*inputs, *network.parameters()] if tensor.grad is not None]
    return [*outputs, *[gradient.clone() for gradient in gradients]]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.type)
def test_entry_is_built_from_its_example_without_a_problem(layer: Layer) -> None:
    answer = analyse(entry_document(layer))

    assert [problem["message"] for problem in answer["problems"]] == []


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.type)
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_generated_code_does_exactly_what_the_interpreter_does(layer: Layer, training: bool) -> None:
    document = entry_document(layer)
    compiled = build(document)
    torch.manual_seed(3)
    oracle = Interpreter(document)
    ours, theirs = compiled.network.state_dict(), oracle.state_dict()
    inputs = random_inputs(document, compiled.inputs)

    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    compiled.network.train(training)
    oracle.train(training)
    found = outputs_and_gradients(compiled.run, compiled.network, inputs)
    expected = outputs_and_gradients(oracle, oracle, inputs)
    assert len(found) == len(expected)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.type)
def test_shapes_of_the_check_are_those_of_the_run(layer: Layer) -> None:
    document = entry_document(layer)
    compiled = build(document)
    answer = analyse(document)

    outputs = compiled.run(*random_inputs(document, compiled.inputs, batch=5))

    promised = {f"end_{port}": spec["shape"] for port, spec in answer["nodes"]["m"]["outputs"].items()}
    for name, output in zip(compiled.outputs, outputs, strict=True):
        if name in promised:
            assert promised[name] == ["B", *output.shape[1:]]
            assert len(output) == 5


@pytest.mark.parametrize(("layer", "param"), PARAMS, ids=lambda part: getattr(part, "type", getattr(part, "name", "")))
def test_each_parameter_is_tried_at_two_values_besides_its_default(layer: Layer, param: Param) -> None:
    values = layer.example.tries.get(param.name, ())
    others = len(param.choices) - 1 if param.kind == "choice" else 1 if param.kind == "bool" else 2
    if (layer.type, param.name) == ("PReLU", "num_parameters"):
        others = 1  # one slope, or one a channel

    assert len(values) >= min(others, 2)
    assert all(param.accepts(value) and param.in_range(value) for value in values)


@pytest.mark.parametrize(
    ("layer", "param", "value"), TRIALS, ids=lambda part: getattr(part, "type", getattr(part, "name", str(part)))
)
def test_a_parameter_changes_the_output_the_shape_or_the_weights(layer: Layer, param: Param, value: object) -> None:
    beside = dict(layer.example.with_params.get(param.name, {}))
    before = fingerprint(entry_document(layer, {name: given for name, given in beside.items() if given is not None}))
    after = fingerprint(entry_document(layer, {**beside, param.name: value}))

    assert before != after


def fingerprint(document: Document) -> tuple[object, ...]:
    """The weights, what they become after a step of training mode, and what comes out."""
    compiled = build(document)
    weights = [
        (name, tensor.sum().item(), tuple(tensor.shape)) for name, tensor in compiled.network.state_dict().items()
    ]
    inputs = random_inputs(document, compiled.inputs)
    torch.manual_seed(5)
    outputs = [(tuple(output.shape), str(output.dtype), output.detach().tolist()) for output in compiled.run(*inputs)]
    buffers = [(name, tensor.tolist()) for name, tensor in compiled.network.state_dict().items()]
    return (weights, outputs, buffers)
