"""Every layer of the catalogue, given what it cannot take: it is told in our words, with a code, never in torch's."""

import random
import re
from typing import Any

import pytest

import trainer.graph.fixes  # noqa: F401 - registers every sentence of the check
from trainer.errors import UserError
from trainer.graph.analysis import examine
from trainer.graph.document import parse_document
from trainer.graph.problems import Problem
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import Layer, Param
from trainer.messages.registry import registered_codes

ENDS = {"Input", "Output", "BlockInput", "BlockOutput", "Unknown"}
LAYERS = [layer for layer in CATALOGUE.values() if layer.type not in ENDS and layer.example.inputs]
TORCH_WORDS = re.compile(r"Error|torch|[Tt]ensor|Size\(|\bgot\b|aten|must match|\bargument\b|None|\bmat[12]\b|meta\b")
SIZES = (1, 2, 3, 4, 5, 7, 9)
TOLD_BOTH = ("shape.rank", "shape.mismatch", "shape.disagree", "dtype.mismatch", "dtype.unfit", "param.range")
RANDOM_GRAPHS = 40

Inputs = dict[str, list[tuple[tuple[int, ...], str]]]


def problems_of(layer: Layer, params: dict[str, Any], inputs: Inputs) -> tuple[Problem, ...]:
    """What the check says of one node with these inputs; none where the document itself is refused."""
    nodes: list[dict[str, Any]] = [{"id": "m", "name": "made", "type": layer.type, "params": params}]
    edges: list[dict[str, Any]] = []
    for port, group in inputs.items():
        for number, (shape, dtype) in enumerate(group):
            name = f"{port}_{number}"
            given = {"shape": list(shape), "dtype": dtype}
            nodes.append({"id": f"a_{name}", "name": f"a_{name}", "type": "Input", "params": given})
            edges.append({"id": f"e_{name}", "source": f"a_{name}", "target": "m", "target_port": port})
    for port in layer.output_ports(params):
        nodes.append({"id": f"z_{port.name}", "name": f"z_{port.name}", "type": "Output"})
        edges.append({"id": f"f_{port.name}", "source": "m", "source_port": port.name, "target": f"z_{port.name}"})
    try:
        document = parse_document({"format": 1, "nodes": nodes, "edges": edges})
    except UserError:
        return ()
    return examine(document).problems


def expect_our_words(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        assert problem.code in registered_codes()
        if problem.code in TOLD_BOTH:
            assert {"expected", "received"} <= set(problem.fields), problem
        for language in ("en", "zh"):
            answer = problem.to_json(language)
            assert not TORCH_WORDS.search(answer["message"]), answer
            assert not answer["details"] or answer["details"] not in answer["message"]


def example_inputs(layer: Layer) -> Inputs:
    return {port: [(tuple(shape), dtype) for shape, dtype in group] for port, group in layer.example.inputs.items()}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.type)
def test_a_wrong_number_of_axes_is_told_in_our_words(layer: Layer) -> None:
    for port, group in layer.example.inputs.items():
        for num_axes in range(6):
            inputs = example_inputs(layer)
            inputs[port] = [((3,) * num_axes, dtype) for _, dtype in group]
            problems = problems_of(layer, dict(layer.example.params), inputs)
            expect_our_words(problems)
            form = layer.input(port)
            if form.ranks and num_axes + 1 not in form.ranks:
                assert "made" in {problem.fields.get("name") for problem in problems}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.type)
def test_a_wrong_number_type_is_told_in_our_words(layer: Layer) -> None:
    for port, group in layer.example.inputs.items():
        for wrong in ("float32", "int64", "bool"):
            inputs = example_inputs(layer)
            inputs[port] = [(tuple(shape), wrong) for shape, _ in group]
            problems = problems_of(layer, dict(layer.example.params), inputs)
            expect_our_words(problems)
            dtypes = layer.input(port).dtypes
            if dtypes and wrong not in dtypes:
                assert "dtype.mismatch" in {problem.code for problem in problems}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.type)
def test_random_sizes_and_parameters_are_told_in_our_words(layer: Layer) -> None:
    chance = random.Random(layer.type)
    for _ in range(RANDOM_GRAPHS):
        params = dict(layer.example.params)
        for param in chance.sample(layer.params, min(len(layer.params), chance.randint(0, 2))):
            value = random_value(param, chance)
            if value is not None:
                params[param.name] = value
        inputs = example_inputs(layer)
        for group in inputs.values():
            group[:] = [random_input(shape, dtype, chance) for shape, dtype in group]
        expect_our_words(problems_of(layer, params, inputs))


def random_input(shape: tuple[int, ...], dtype: str, chance: random.Random) -> tuple[tuple[int, ...], str]:
    """Sometimes what the example has, sometimes one size or every size another, or another number type."""
    kind = chance.random()
    if kind < 0.25:
        shape = tuple(chance.choice(SIZES) for _ in range(chance.randint(0, 5)))
    elif kind < 0.6 and shape:
        changed = chance.randrange(len(shape))
        shape = (*shape[:changed], chance.choice(SIZES), *shape[changed + 1 :])
    return shape, chance.choice(("float32", "int64", "bool")) if chance.random() < 0.1 else dtype


def random_value(param: Param, chance: random.Random) -> Any:
    match param.kind:
        case "bool":
            return chance.random() < 0.5
        case "int":
            return chance.choice((-2, -1, 0, 1, 2, 3, 5, 7, 100))
        case "float":
            return chance.choice((-1.0, 0.0, 0.1, 0.5, 1.0, 2.5))
        case "ints":
            if param.scalar and chance.random() < 0.5:
                return chance.choice((0, 1, 2, 3, 5, 100))
            return [chance.choice((-1, 0, 1, 2, 3, 5)) for _ in range(chance.randint(1, 4))]
        case "floats":
            return [chance.choice((0.0, 0.5, 2.0)) for _ in range(chance.randint(1, 3))]
        case "choice":
            return chance.choice(param.choices)
        case _:
            return None
