"""What every template promises: it is clean, means the same as code and as graph, and learns from a batch."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trainer.graph.documents import image_facts
from tests.trainer.layers.test_contract import assert_equals_interpreter
from tests.trainer.training.jobs import train, write_job
from trainer.data.columns import DataFacts
from trainer.data.samples import SAMPLES, build_sample
from trainer.errors import UserError
from trainer.graph.analysis import analyse
from trainer.graph.bind import bind
from trainer.graph.compile import CompiledGraph, compile_graph
from trainer.graph.document import Document, parse_document
from trainer.graph.template_list import TEMPLATES
from trainer.graph.template_sizes import SIZES
from trainer.graph.templates import load_template, offered_sizes, template_names
from trainer.training.config import parse_config
from trainer.training.heads import Head, build_heads

ROWS = 4
VOCABULARY = 4096
each_template = pytest.mark.parametrize("name", TEMPLATES)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is known of a template's data, None where none comes along."""

    @cache
    def find(sample: str | None) -> DataFacts | None:
        if sample in ("fashion-mnist", "mnist"):
            return image_facts()
        if sample is None:
            return None
        folder: Path = tmp_path_factory.mktemp(sample)
        return DataFacts.from_manifest(build_sample(sample, folder / "data"))

    return lambda name: find(TEMPLATES[name].sample)


def bound(name: str, known: DataFacts | None) -> Document:
    document = parse_document(load_template(name))
    return bind(document, known) if known else document


def random_inputs(document: Document, compiled: CompiledGraph) -> list[Tensor]:
    params = {node.name: node.params for node in document.nodes if node.type == "Input"}
    return [
        torch.randn(ROWS, *params[name]["shape"])
        if params[name]["dtype"] == "float32"
        else torch.randint(0, VOCABULARY, (ROWS, *params[name]["shape"]))
        for name in compiled.inputs
    ]


def random_targets(heads: list[Head], results: tuple[Tensor, ...]) -> Iterator[Tensor]:
    """A target for each head that takes one from a column, in the form that its loss wants."""
    for head in heads:
        if head.has_column:
            answer = results[head.arriving[0]]
            if head.scores_steps:
                yield torch.randint(0, answer.shape[-1], answer.shape[:-1])
            elif head.target_kind == "class":
                yield torch.randint(0, answer.shape[1], (ROWS, *answer.shape[2:]))
            else:
                yield torch.randint(0, 2, answer.shape).float()


def test_every_graph_is_a_template_with_settings_that_can_be_read() -> None:
    assert set(TEMPLATES) == set(template_names())
    for template in TEMPLATES.values():
        assert template.sample is None or template.sample in SAMPLES
        assert template.score is None or template.sample is not None
        assert parse_config(dict(template.settings)).epochs > 1
        assert all(max(text.zh) >= "一" for text in (template.summary,))


def test_a_template_reaches_the_score_it_states(tmp_path: Path) -> None:
    template = TEMPLATES["iris"]
    manifest = build_sample(template.sample, tmp_path / "iris")
    graph = bind(parse_document(load_template("iris")), DataFacts.from_manifest(manifest)).to_json()

    end = train(write_job(tmp_path / "job", graph, tmp_path / "iris", template.settings)).end

    assert end["test"][template.score.metric] == pytest.approx(template.score.value, abs=0.07)  # one of fifteen flowers


@each_template
def test_a_template_has_no_problem(name: str, facts: Any) -> None:
    answer = analyse(parse_document(load_template(name)), facts=facts(name))

    assert [problem["message"] for problem in answer["problems"]] == []


@each_template
def test_code_and_graph_are_the_same_network(name: str, facts: Any) -> None:
    assert_equals_interpreter(bound(name, facts(name)))


@each_template
def test_a_template_learns_from_a_batch(name: str, facts: Any) -> None:
    document = bound(name, facts(name))
    torch.manual_seed(1)
    compiled = compile_graph(document)
    heads = build_heads(document.to_json(), results=compiled.results, loss_weights={}, encoders={})
    inputs = random_inputs(document, compiled)
    with torch.no_grad():
        columns = list(random_targets(heads, compiled.run(*inputs)))
    optimizer = torch.optim.Adam(compiled.network.parameters(), lr=0.001)
    losses = []
    for _ in range(4):
        results = compiled.run(*inputs)
        loss = sum(head.weight * head.compare(results, columns).loss for head in heads)
        optimizer.zero_grad()
        loss.backward()
        assert all(parameter.grad is not None for parameter in compiled.network.parameters())
        optimizer.step()
        losses.append(loss.item())

    assert losses[-1] < losses[0]


@pytest.mark.parametrize("size", [64, 128, 384])
def test_gpt_of_any_width_is_clean_and_learns(size: int) -> None:
    graph = load_template("gpt", size)
    graph["nodes"][0]["params"]["shape"] = [16]  # few words, so that a step takes a moment
    answer = analyse(parse_document(graph), facts=None)
    assert answer["problems"] == []
    assert answer["totals"]["num_parameters"] == SIZES["gpt"].count(graph)
    torch.manual_seed(1)
    compiled = compile_graph(parse_document(graph))
    (head,) = build_heads(graph, results=compiled.results, loss_weights={}, encoders={})
    tokens, losses = torch.randint(0, VOCABULARY, (2, 17)), []
    for _ in range(2):
        loss = head.compare(compiled.run(tokens[:, :-1]), [tokens[:, 1:]]).loss
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for parameter in compiled.network.parameters():
                parameter -= 0.1 * parameter.grad
                parameter.grad = None
    assert losses[1] < losses[0]


def test_usual_size_is_that_of_the_file_and_counts_are_those_of_the_check() -> None:
    assert load_template("gpt", SIZES["gpt"].usual) == load_template("gpt")
    assert offered_sizes("gpt") == {128: 1_334_016, 256: 5_820_416, 512: 33_687_552, 768: 102_475_776}
    assert offered_sizes("iris") == {}


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("gpt", 0, "graph.template_size"),
        ("gpt", 100, "graph.template_size"),
        ("gpt", 4096, "graph.template_size"),
        ("iris", 64, "graph.template_one_size"),
    ],
)
def test_size_that_a_template_has_not_is_refused(name: str, size: int, code: str) -> None:
    with pytest.raises(UserError) as refused:
        load_template(name, size)
    assert (refused.value.code, refused.value.path) == (code, "size")


def test_templates_cover_several_kinds_of_data_and_of_tasks() -> None:
    kinds = {(template.kind, template.task) for template in TEMPLATES.values()}

    assert kinds >= set(product(("image", "table", "text"), ("classification",)))
    assert {"several", "reconstruction", "segmentation", "similarity", "generation"} <= {task for _, task in kinds}
