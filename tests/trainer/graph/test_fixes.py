"""Repairs: each one offered removes its problem and brings no other. Every problem is told in both languages.

The broken graphs are the JSON files of `fixtures/repairs`: the code of the problem, the id of the fix that must be
offered, and the nodes (id: [type, parameters, other keys]) with their wires.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.graph.documents import chain, document, edge, image_facts, node, text_facts
from trainer.data.columns import DataFacts
from trainer.graph.analysis import analyse
from trainer.graph.document import Document
from trainer.graph.edits import apply_edits
from trainer.messages.registry import registered_codes

FOLDER = Path(__file__).parent / "fixtures" / "repairs"
FIXTURES = [entry for path in sorted(FOLDER.glob("*.json")) for entry in json.loads(path.read_text("utf-8"))]
FACTS = {"images": image_facts(), "binary": image_facts(num_classes=2), "texts": text_facts()}


def parts(entry: dict[str, Any]) -> dict[str, Any]:
    """The nodes and edges of a fixture, or of one of its blocks, as a document writes them."""
    nodes = [
        {"id": node_id, "name": node_id, "type": node_type, "params": dict(*rest[:1]), **dict(*rest[1:])}
        for node_id, (node_type, *rest) in entry["nodes"].items()
    ]
    return {"nodes": nodes, "edges": [edge(word) for word in entry["wires"].split()]}


def broken(entry: dict[str, Any]) -> Document:
    blocks = {name: {"params": block["params"], **parts(block)} for name, block in entry.get("blocks", {}).items()}
    return document({"format": 1, **parts(entry), "blocks": blocks})


def check(entry: dict[str, Any], graph: Document | None = None, language: str = "en") -> list[dict[str, Any]]:
    facts: DataFacts | None = FACTS[entry["data"]] if "data" in entry else None
    graph = graph or broken(entry)
    return analyse(graph, facts=facts, batch_size=entry.get("batch_size", 32), language=language)["problems"]


def keys(problems: list[dict[str, Any]]) -> set[tuple[str | None, ...]]:
    return {(p["code"], p["node"], p["param"], p["edge"]) for p in problems}


def names(entry: dict[str, Any]) -> str:
    return f"{entry['code']}-{entry['fix']}"


@pytest.mark.parametrize("entry", FIXTURES, ids=names)
def test_a_repair_alone_removes_its_problem_and_brings_no_other(entry: dict[str, Any]) -> None:
    before = check(entry)
    problem = next(p for p in before if p["code"] == entry["code"])

    fixes = [fix for fix in problem["fixes"] if fix["id"] == entry["fix"]]

    assert fixes, (problem["message"], [fix["id"] for fix in problem["fixes"]])
    for fix in problem["fixes"]:
        after = keys(check(entry, apply_edits(broken(entry), fix["edits"])))
        assert (problem["code"], problem["node"]) not in {key[:2] for key in after}
        assert after <= keys(before)


def test_every_repair_that_can_be_offered_has_a_broken_graph() -> None:
    labels = {code.removeprefix("fix.") for code in registered_codes() if code.startswith("fix.")}

    assert labels == {entry["fix"] for entry in FIXTURES}


def test_at_least_twenty_kinds_of_problem_have_a_repair() -> None:
    assert len({entry["code"] for entry in FIXTURES}) >= 20


@pytest.mark.parametrize("entry", FIXTURES, ids=names)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_problem_and_repair_can_be_told(entry: dict[str, Any], language: str) -> None:
    for problem in check(entry, language=language):
        told = [problem["message"], *(fix["label"] for fix in problem["fixes"])]
        assert all(text and "{" not in text for text in told)
        assert any("一" <= character <= "鿿" for text in told for character in text) == (language == "zh")


# Problems for which only the person knows the remedy.
UNREPAIRED = [
    ("graph.input_unused", {"nodes": {"p": ["Parameter", {"shape": [3]}], "y": ["Output"]}, "wires": "p>y"}),
    ("input.no_shape", {"nodes": {"x": ["Input"], "y": ["Output"]}, "wires": "x>y"}),
    (
        "data.unbound",
        {
            "nodes": {
                "x": ["Input", {"shape": [6]}],
                "d": ["Linear", {"out_features": {"$data": "a.num_classes"}}],
                "y": ["Output"],
            },
            "wires": "x>d d>y",
        },
    ),
]


@pytest.mark.parametrize(("code", "entry"), UNREPAIRED, ids=[entry[0] for entry in UNREPAIRED])
def test_a_broken_graph_has_its_problem(code: str, entry: dict[str, Any]) -> None:
    assert code in {problem["code"] for problem in check(entry)}


def test_an_activation_too_large_for_any_machine_is_a_problem() -> None:
    layers = [
        node("x", "Input", shape=[6]),
        node("u", "Reshape", shape=[1, 6]),
        node("l", "Conv1d", out_channels=1, kernel_size=1, padding=10**11),
        node("y", "Output"),
    ]

    assert [problem["code"] for problem in analyse(document(chain(*layers)))["problems"]] == ["limit.activation"]


def test_looking_for_repairs_in_a_large_graph_takes_a_bounded_time() -> None:
    layers = [node("x", "Input", shape=[16]), node("y", "Output")]
    bad = [node(f"d{number}", "Linear", out_features=16, in_features=15) for number in range(300)]
    graph = document(chain(layers[0], *bad, layers[1]))
    analyse(graph)
    started = time.thread_time()
    analyse(graph)

    assert time.thread_time() - started < 1.0


@pytest.mark.parametrize("shapes", [((), (3,)), ((3,), ()), ((), (2, 3)), ((2, 3), ())])
@pytest.mark.parametrize("layer", ["Add", "Concat", "Stack"])
def test_a_sample_of_one_number_is_joined_with_nothing_larger_and_nothing_fails(
    layer: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    one, other = (["Input", {"shape": list(shape)}] for shape in shapes)
    entry = {"nodes": {"a": one, "b": other, "j": [layer], "y": ["Output"]}, "wires": "a>j.inputs b>j.inputs j>y"}

    assert {problem["node"] for problem in check(entry)} == {"j"}


def test_an_imported_operation_that_no_layer_does_is_told_by_a_process_that_imports_nothing_else() -> None:
    code = (
        "from trainer.graph.analysis import analyse\nfrom trainer.graph.document import parse_document\n"
        "nodes = [{'id': 'x', 'name': 'x', 'type': 'Input', 'params': {'shape': [3]}},"
        " {'id': 'u', 'name': 'u', 'type': 'Unknown', 'params': {'op': 'Foo'}},"
        " {'id': 'y', 'name': 'y', 'type': 'Output', 'params': {}}]\n"
        "edges = [{'id': 'a', 'source': 'x', 'target': 'u', 'target_port': 'inputs'},"
        " {'id': 'b', 'source': 'u', 'source_port': 'output_0', 'target': 'y'}]\n"
        "document = parse_document({'format': 1, 'nodes': nodes, 'edges': edges})\n"
        "print([problem['code'] for problem in analyse(document)['problems']])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)

    assert answer.stdout.strip() == "['import.unknown_op']"
