"""What every entry of the catalogue promises. A new layer is tested by being in the catalogue."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainer.layers.instances import entry_document, random_inputs, repeatable_params
from trainer.graph.analysis import analyse
from trainer.graph.codegen import generate_code
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


Run = Callable[..., Sequence[Tensor]]
# A memory that is handed in has the size of the one that leaves, so these are tried without it.
SIZES_OF_STATES = {"hidden_size", "num_layers", "bidirectional", "proj_size"}
SIZES_OF_LIKE = {"kernel_size", "stride", "padding"}  # and what says the size that comes out must fit the window


def build(document: Document) -> CompiledGraph:
    torch.manual_seed(3)
    return compile_graph(document)


def instances(layer: Layer) -> Iterator[Any]:
    """An entry alone, with all its ports wired, three in a row, and with a second node that shares its module."""
    yield pytest.param(layer, {}, id=f"{layer.type}-alone")
    if layer.example.optional:
        yield pytest.param(layer, {"optional": True}, id=f"{layer.type}-wired")
    params = repeatable_params(layer)
    if params is not None:
        yield pytest.param(layer, {"params": params, "repeat": 3}, id=f"{layer.type}-repeated")
        if layer.example.optional and not params.keys() & SIZES_OF_STATES:
            yield pytest.param(layer, {"params": params, "repeat": 3, "optional": True}, id=f"{layer.type}-masked-row")
    if layer.module is not None:
        yield pytest.param(layer, {"shared": True}, id=f"{layer.type}-shared")


INSTANCES = [instance for layer in LAYERS for instance in instances(layer)]


def gradients_of(network: nn.Module, inputs: list[Tensor]) -> dict[str, Tensor | None]:
    """The gradient of every input and parameter, None where there is none."""
    named = [*((str(number), tensor) for number, tensor in enumerate(inputs)), *network.named_parameters()]
    return {name: None if tensor.grad is None else tensor.grad.clone() for name, tensor in named}


def forward_and_backward(run: Run, network: nn.Module, inputs: list[Tensor]) -> tuple[Sequence[Tensor], Any]:
    torch.manual_seed(5)
    for tensor in [*inputs, *network.parameters()]:
        tensor.grad = None
    outputs = run(*inputs)
    total = sum((output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum() for output in outputs)
    if isinstance(total, Tensor) and total.requires_grad:
        total.backward()
    return outputs, gradients_of(network, inputs)


def without_gradients(run: Run, inputs: list[Tensor]) -> Sequence[Tensor]:
    """What a deployment computes; torch may take other ways there."""
    torch.manual_seed(5)
    with torch.inference_mode():
        return run(*inputs)


def assert_same(found: Iterable[Tensor | None], expected: Iterable[Tensor | None]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:  # the logarithm of what is below zero is no number in both
            torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


def assert_equals_interpreter(document: Document) -> None:
    """Weights, outputs, gradients and running statistics of the code are those of the interpreter, in both modes."""
    compiled = build(document)
    torch.manual_seed(3)
    oracle = Interpreter(document)
    network, inputs = compiled.network, random_inputs(document, compiled.inputs)

    assert list(network.state_dict()) == list(oracle.state_dict())
    assert [name for name, _ in network.named_parameters()] == [name for name, _ in oracle.named_parameters()]
    assert_same(network.state_dict().values(), oracle.state_dict().values())
    for training in (True, False):
        network.train(training)
        oracle.train(training)
        outputs, gradients = forward_and_backward(compiled.run, network, inputs)
        expected_outputs, expected_gradients = forward_and_backward(oracle, oracle, inputs)
        assert_same(outputs, expected_outputs)
        assert gradients.keys() == expected_gradients.keys()
        assert_same(gradients.values(), expected_gradients.values())
        assert_same(without_gradients(compiled.run, inputs), without_gradients(oracle, inputs))
        assert_same(network.state_dict().values(), oracle.state_dict().values())


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.type)
def test_entry_is_built_from_its_example_without_an_error(layer: Layer) -> None:
    """Advice may be given: a Dropout alone before an Output is no good network."""
    answer = analyse(entry_document(layer))

    assert [problem["message"] for problem in answer["problems"] if problem["severity"] == "error"] == []


@pytest.mark.parametrize(("layer", "form"), INSTANCES)
def test_generated_code_does_exactly_what_the_interpreter_does(layer: Layer, form: dict) -> None:
    assert_equals_interpreter(entry_document(layer, **form))


@pytest.mark.parametrize(
    ("layer", "param", "value"), TRIALS, ids=lambda part: getattr(part, "type", getattr(part, "name", str(part)))
)
def test_code_and_interpreter_agree_on_each_value_of_a_parameter(layer: Layer, param: Param, value: object) -> None:
    params = {**layer.example.with_params.get(param.name, {}), param.name: value}

    sizes = SIZES_OF_LIKE if layer.input("like") else SIZES_OF_STATES

    assert_equals_interpreter(entry_document(layer, params, optional=not params.keys() & sizes))


def test_code_of_every_entry_is_formatted_as_ruff_would(tmp_path: Path) -> None:
    for number, instance in enumerate(INSTANCES):
        layer, form = instance.values
        code = generate_code(entry_document(layer, **form))
        (tmp_path / f"{layer.type.lower()}_{number}.py").write_text(code, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "--line-length", "120", str(tmp_path)]

    result = subprocess.run(ruff, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (0, "")


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
