"""What changed between two documents."""

import copy
import json
from pathlib import Path

import pytest

from tests.trainer.graph.documents import chain, document, graph, node
from trainer.graph.__main__ import main
from trainer.graph.diff import changed_fields, diff, flat_settings
from trainer.graph.templates import load_template, template_names

NOTHING = {
    "nodes": {"added": [], "removed": [], "changed": []},
    "edges": {"added": [], "removed": []},
    "blocks": {"added": [], "removed": [], "changed": []},
}


def compare(one: dict, other: dict) -> dict:
    return diff(document(one), document(other))


def small() -> dict:
    return chain(node("a", "Input", shape=[4]), node("b", "Linear", out_features=8), node("c", "Output"))


def with_block(width: int = 4, inner: int = 4) -> dict:
    inside = graph(
        [node("i", "BlockInput"), node("l", "Linear", out_features=inner), node("o", "BlockOutput")], "i>l l>o"
    )
    block = {"params": [{"name": "width", "type": "int", "default": width}], **inside}
    kept = {key: block[key] for key in ("params", "nodes", "edges")}
    top = chain(node("a", "Input", shape=[4]), node("u", "block:Wide"), node("c", "Output"))
    top["edges"][0]["target_port"] = "i"
    top["edges"][1]["source_port"] = "o"
    return {**top, "blocks": {"Wide": kept}}


@pytest.mark.parametrize("name", template_names())
def test_nothing_for_the_eye_counts(name: str) -> None:
    before, after = load_template(name), load_template(name)
    for number, entry in enumerate(after["nodes"]):
        entry |= {"position": [number, 7], "note": "x", "color": "red", "collapsed": True, "label": "Label"}
    after["notes"] = [{"id": "t", "text": "a note"}]
    after["nodes"].reverse()
    assert compare(before, after) == NOTHING


def test_every_field_that_decides_the_network_is_named_with_both_values() -> None:
    after = small()
    after["nodes"][1] |= {"name": "wide", "frozen": True, "repeat": 3, "params": {"out_features": 16, "bias": False}}
    after["nodes"][1]["ties"] = {"weight": ["c", "weight"]}
    (changed,) = compare(small(), after)["nodes"]["changed"]
    assert (changed["path"], changed["name"], changed["type"]) == ("b", "wide", "Linear")
    assert changed["fields"] == [
        {"field": "name", "before": "b", "after": "wide"},
        {"field": "repeat", "before": 1, "after": 3},
        {"field": "frozen", "before": False, "after": True},
        {"field": "ties.weight", "before": None, "after": ["c", "weight"]},
        {"field": "params.out_features", "before": 8, "after": 16},
        {"field": "params.bias", "before": True, "after": False},
    ]


def test_a_default_written_out_is_no_change() -> None:
    after = small()
    after["nodes"][1]["params"]["bias"] = True
    assert compare(small(), after) == NOTHING


def test_another_type_under_the_same_id_is_a_change_of_type() -> None:
    after = small()
    after["nodes"][1] = node("b", "Dropout", p=0.25)
    (changed,) = compare(small(), after)["nodes"]["changed"]
    assert {field["field"]: (field["before"], field["after"]) for field in changed["fields"]} == {
        "type": ("Linear", "Dropout"),
        "params.out_features": (8, None),
        "params.p": (None, 0.25),
    }


def test_a_node_put_between_two_is_added_and_rewires_them() -> None:
    after = chain(
        node("a", "Input", shape=[4]), node("b", "Linear", out_features=8), node("r", "ReLU"), node("c", "Output")
    )
    found = compare(small(), after)
    assert found["nodes"] == {"added": [{"path": "r", "name": "r", "type": "ReLU"}], "removed": [], "changed": []}
    wires = {key: {(e["source"], e["target"]) for e in edges} for key, edges in found["edges"].items()}
    assert wires == {"added": {("b", "r"), ("r", "c")}, "removed": {("b", "c")}}
    assert compare(after, small())["nodes"]["removed"] == found["nodes"]["added"]


def test_order_at_a_port_that_takes_many_counts_and_its_numbers_do_not() -> None:
    nodes = [node(letter, "Input", shape=[4]) for letter in "abc"] + [node("j", "Concat"), node("o", "Output")]
    before = graph(nodes, "a>j.inputs b>j.inputs c>j.inputs j>o")
    swapped = graph(nodes, "b>j.inputs a>j.inputs c>j.inputs j>o")
    fewer = graph(nodes, "b>j.inputs c>j.inputs j>o")
    moved = compare(before, swapped)["edges"]
    assert {entry["source"] for entry in (*moved["added"], *moved["removed"])} in ({"a"}, {"b"})
    found = compare(before, fewer)["edges"]
    assert (found["added"], [entry["source"] for entry in found["removed"]]) == ([], ["a"])


def test_definitions_of_blocks_are_compared_inside() -> None:
    found = compare(with_block(), with_block(width=9, inner=5))
    assert [entry["path"] for entry in found["nodes"]["changed"]] == ["block:Wide/l"]
    assert found["blocks"]["changed"] == [
        {"name": "Wide", "fields": [{"field": "params.width", "before": ["int", 4], "after": ["int", 9]}]}
    ]
    added = compare(small(), with_block())
    assert added["blocks"]["added"] == [{"name": "Wide"}]
    assert [entry["path"] for entry in added["nodes"]["added"]] == ["u"]


def test_settings_are_compared_by_their_dotted_names() -> None:
    one = {"optimizer": {"type": "Adam", "params": {"lr": 0.1}}, "schedule": None, "fused": True}
    other = {"optimizer": {"type": "Adam", "params": {"lr": 0.2}}, "schedule": {"type": "StepLR"}, "fused": 1}
    assert changed_fields(flat_settings(one), flat_settings(other)) == [
        {"field": "optimizer.params.lr", "before": 0.1, "after": 0.2},
        {"field": "fused", "before": True, "after": 1},
        {"field": "schedule.type", "before": None, "after": "StepLR"},
    ]


def test_command_prints_the_difference_and_says_whether_there_is_one(tmp_path: Path, capsys) -> None:
    after = copy.deepcopy(small())
    after["nodes"][1]["params"]["out_features"] = 5
    for name, data in (("one", small()), ("other", after)):
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    one, other = str(tmp_path / "one.json"), str(tmp_path / "other.json")
    assert main(["diff", one, one]) == 0
    assert json.loads(capsys.readouterr().out) == NOTHING
    assert main(["diff", one, other]) == 1
    assert json.loads(capsys.readouterr().out)["nodes"]["changed"][0]["fields"][0]["after"] == 5
    with pytest.raises(SystemExit):
        main(["diff", one])
