"""Reading documents: what is taken, what is refused and where."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.graph.documents import chain, document, edge, graph, node
from trainer.errors import UserError
from trainer.graph.codegen import generate_code
from trainer.graph.document import content_hash, parse_document, read_json
from trainer.graph.templates import load_template, template_names
from trainer.graph.upgrades import upgrade

FROZEN = Path(__file__).parent / "fixtures" / "format-1.json"
BAD_NAMES = "class|None|__import__('os')|x; import os|forward|train|self|torch|nn|X||ü|1x|_x|x.y|state_dict"
FROZEN_HASH = "330403920066f5f4bb1e2b21272651fa246a2a50b92f7a1d271b02884fe8bb2b"


def base() -> dict[str, Any]:
    return chain(
        node("a", "Input", shape=[4]),
        node("b", "Linear", out_features=3),
        node("c", "Output"),
    )


def refusal(data: object) -> UserError:
    with pytest.raises(UserError) as caught:
        parse_document(data)
    return caught.value


@pytest.mark.parametrize("name", template_names())
def test_a_document_written_back_reads_the_same(name: str) -> None:
    read = parse_document(load_template(name))

    assert parse_document(json.loads(json.dumps(read.to_json()))) == read


def test_the_frozen_document_of_format_1_reads_and_keeps_its_hash() -> None:
    read = parse_document(read_json(FROZEN.read_bytes()))

    assert content_hash(read) == FROZEN_HASH


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (lambda d: d.update(extra=1), "graph.unknown_key", "extra"),
        (lambda d: d["nodes"][1].update(extra=1), "graph.unknown_key", "nodes[1].extra"),
        (lambda d: d["nodes"][1].update(type="Lineer"), "graph.unknown_type", "nodes[1].type"),
        (lambda d: d["nodes"][1].update(type="BlockInput"), "graph.unknown_type", "nodes[1].type"),
        (lambda d: d["nodes"][1].update(type="block:Nope"), "graph.unknown_block", "nodes[1].type"),
        (lambda d: d["nodes"][1]["params"].update(sizes=1), "graph.unknown_param", "nodes[1].params.sizes"),
        (lambda d: d["nodes"][1]["params"].update(out_features="3"), "graph.bad_value", "nodes[1].params.out_features"),
        (
            lambda d: d["nodes"][1]["params"].update(out_features=True),
            "graph.bad_value",
            "nodes[1].params.out_features",
        ),
        (lambda d: d["nodes"][1]["params"].update(out_features=1.5), "graph.bad_value", "nodes[1].params.out_features"),
        (lambda d: d["nodes"][1]["params"].update(bias="yes"), "graph.bad_value", "nodes[1].params.bias"),
        (lambda d: d["nodes"][1]["params"].update(bias={"$": "w"}), "graph.bad_value", "nodes[1].params.bias"),
        (lambda d: d["nodes"][1]["params"].update(bias={"$data": "x"}), "graph.bad_value", "nodes[1].params.bias"),
        (
            lambda d: d["nodes"][2]["params"].update(columns={"$data": "x.height"}),
            "graph.bad_value",
            "nodes[2].params.columns",
        ),
        (
            lambda d: d["nodes"][0]["params"].update(encoder={"$data": "x.height"}),
            "graph.bad_value",
            "nodes[0].params.encoder",
        ),
        (lambda d: d["nodes"][1].update(position=[0, 10**400]), "graph.bad_value", "nodes[1].position"),
        (
            lambda d: d["nodes"][2]["params"].update(loss_weight=10**400),
            "graph.bad_value",
            "nodes[2].params.loss_weight",
        ),
        (
            lambda d: d["nodes"][0]["params"].update(encoder={"size": 1e400}),
            "graph.bad_value",
            "nodes[0].params.encoder.size",
        ),
        (lambda d: d["nodes"][1].update(note="a\0b"), "graph.bad_text", "nodes[1].note"),
        (
            lambda d: d["nodes"][2]["params"].update(columns=["a", "\ud800"]),
            "graph.bad_text",
            "nodes[2].params.columns[1]",
        ),
        (
            lambda d: d["nodes"][0]["params"].update(encoder={"\ud800": 1}),
            "graph.bad_text",
            "nodes[0].params.encoder.\\ud800",
        ),
        (lambda d: d["nodes"][1].update(id="a"), "graph.duplicate_id", "nodes[1]"),
        (lambda d: d["nodes"][1].update(id="a b"), "graph.bad_id", "nodes[1].id"),
        (lambda d: d["nodes"][1].pop("name"), "graph.missing_key", "nodes[1]"),
        (lambda d: d["nodes"][1].update(repeat=1), "graph.bad_value", "nodes[1].repeat"),
        (lambda d: d["nodes"][1].update(position=[0]), "graph.bad_value", "nodes[1].position"),
        (lambda d: d["nodes"][1].update(frozen=1), "graph.bad_value", "nodes[1].frozen"),
        (lambda d: d["nodes"][1].update(ties={"weight": ["a"]}), "graph.bad_value", "nodes[1].ties.weight"),
        (lambda d: d["edges"][0].update(index=-1), "graph.bad_value", "edges[0].index"),
        (lambda d: d["edges"].append(d["edges"][0]), "graph.duplicate_id", "edges[2]"),
        (lambda d: d.update(nodes={}), "graph.bad_value", "nodes"),
        (lambda d: d["nodes"].append(7), "graph.bad_value", "nodes[3]"),
        (lambda d: d.update(format=2), "graph.newer_format", "format"),
        (lambda d: d.update(format="1"), "graph.bad_value", "format"),
        (lambda d: d.pop("format"), "graph.missing_key", "document"),
        (
            lambda d: d["nodes"][2]["params"].update(metrics=["luck"]),
            "graph.unknown_metric",
            "nodes[2].params.metrics[0]",
        ),
        (
            lambda d: d["nodes"][2]["params"].update(loss={"type": "X"}),
            "training.unknown_type",
            "nodes[2].params.loss.type",
        ),
        (lambda d: d.update(notes=[{"id": "t", "text": 3}]), "graph.bad_value", "notes[0].text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_path(change: Any, code: str, path: str) -> None:
    data = base()
    change(data)

    error = refusal(data)

    assert (error.code, error.path, error.status) == (code, path, 400)
    assert error.message("zh") != error.message("en")


@pytest.mark.parametrize(
    "name",
    [*BAD_NAMES.split("|"), "a" * 64, "x\nimport os"],
)
def test_no_name_that_is_not_a_plain_identifier_reaches_the_code(name: str) -> None:
    data = base()
    data["nodes"][1]["name"] = name

    assert refusal(data).code == "graph.bad_name"


@pytest.mark.parametrize("name", ["Network", "residual", "A B", "X:\n", "None", ""])
def test_a_block_cannot_have_a_name_that_is_no_class_name(name: str) -> None:
    assert refusal({**base(), "blocks": {name: {"nodes": []}}}).code == "graph.bad_block_name"


def test_labels_and_notes_never_reach_the_code() -> None:
    data = base()
    data["nodes"][1] |= {"label": "'''\nimport os", "note": '"""\nimport os', "color": "import os"}
    data["notes"] = [{"id": "t", "text": "import os"}]

    assert "import os" not in generate_code(parse_document(data))


def test_a_block_that_contains_itself_is_refused() -> None:
    inner = {"nodes": [node("x", "block:B")]}
    other = {"nodes": [node("x", "block:A")]}

    assert refusal({**base(), "blocks": {"A": inner, "B": other}}).code == "graph.block_in_itself"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "graph.too_deep"),
        ('{"a":' * 20_000, "graph.too_deep"),
        ("{", "graph.not_json"),
        ('{"format": NaN}', "graph.not_json"),
        (b"\xff\xfe", "graph.not_json"),
        (" " * 50_000_000, "graph.too_large"),
    ],
)
def test_bad_text_is_refused_within_a_second(text: str | bytes, code: str) -> None:
    started = time.perf_counter()
    with pytest.raises(UserError) as caught:
        parse_document(read_json(text))

    assert caught.value.code == code
    assert time.perf_counter() - started < 1


def test_nesting_that_is_legal_json_is_refused_too() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]

    assert refusal({"format": 1, "nodes": deep}).code == "graph.too_deep"


def test_too_many_nodes_are_refused_within_a_second() -> None:
    nodes = [node(f"n{number}", "ReLU") for number in range(10_000)]
    started = time.perf_counter()

    assert refusal({"format": 1, "nodes": nodes}).code == "graph.too_many"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["nodes"][1].update(position=[5, 6]),
        lambda d: d["nodes"][1].update(label="an eye-catcher", note="hm", color="red", collapsed=True),
        lambda d: d["nodes"].reverse(),
        lambda d: d["edges"].reverse(),
        lambda d: d["edges"][0].update(id="other"),
        lambda d: d.update(notes=[{"id": "t", "text": "x"}]),
        lambda d: d["nodes"][1]["params"].update(bias=True),
    ],
)
def test_what_is_for_the_eye_alone_keeps_the_hash(change: Any) -> None:
    data = base()
    before = content_hash(document(data))
    change(data)

    assert content_hash(document(data)) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["nodes"][1]["params"].update(out_features=4),
        lambda d: d["nodes"][1]["params"].update(bias=False),
        lambda d: d["nodes"][1].update(name="other"),
        lambda d: d["nodes"][1].update(frozen=True),
        lambda d: d["nodes"][1].update(repeat=2),
        lambda d: d["edges"].pop(),
    ],
)
def test_what_decides_the_network_changes_the_hash(change: Any) -> None:
    data = base()
    before = content_hash(document(data))
    change(data)

    assert content_hash(document(data)) != before


def test_equal_values_in_other_words_have_one_hash() -> None:
    one = chain(
        node("a", "Input", shape=[1, 9, 9]), node("b", "Conv2d", out_channels=3, kernel_size=3), node("c", "Output")
    )
    other = chain(
        node("a", "Input", shape=[1, 9, 9]),
        node("b", "Conv2d", out_channels=3, kernel_size=[3, 3]),
        node("c", "Output"),
    )

    assert content_hash(document(one)) == content_hash(document(other))


def test_edges_into_a_port_for_many_are_numbered_in_their_order() -> None:
    nodes = [node("z", "Input", shape=[2]), node("b", "Input", shape=[3]), node("c", "Concat"), node("d", "Output")]
    read = document(graph(nodes, "z>c.inputs b>c.inputs c>d"))

    assert [(e.source, e.index) for e in read.edges if e.target == "c"] == [("z", 0), ("b", 1)]
    kept = document({**graph(nodes, "c>d"), "edges": [edge("z>c.inputs", 5), edge("b>c.inputs"), edge("c>d")]})
    assert [(e.source, e.index) for e in kept.edges if e.target == "c"] == [("z", 5), ("b", 6)]


def test_older_formats_are_upgraded_step_by_step() -> None:
    steps = {1: lambda d: {**d, "format": 2, "one": True}, 2: lambda d: {**d, "format": 3, "two": d["one"]}}

    assert upgrade({"format": 1}, steps, newest=3) == {"format": 3, "one": True, "two": True}
    assert upgrade({"format": 3}, steps, newest=3) == {"format": 3}


def test_an_upgrade_leaves_what_it_was_given_as_it_was() -> None:
    given = {"format": 1, "nodes": []}
    upgrade(given, {1: lambda d: {**d, "format": 2}}, newest=2)

    assert given == {"format": 1, "nodes": []}
