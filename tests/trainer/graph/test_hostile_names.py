"""No name that a person gives becomes code: it is refused, it is left out, or it is quoted."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given

from tests.trainer.graph.documents import block, document, graph, node
from tests.trainer.hostile import HOSTILE, shape_of, texts_in
from trainer.errors import UserError
from trainer.graph.codegen import generate_code
from trainer.graph.document import parse_document
from trainer.graph.names import is_argument_name, is_block_name, is_id, is_name
from trainer.methods.catalogue import LOSSES

JSON = dict[str, Any]


def network(text: str = "plain") -> JSON:
    """A document with `text` wherever a text may stand that is no name."""
    inside = [
        node("a", "BlockInput", name="x"),
        node("b", "Linear", out_features=2),
        node("c", "BlockOutput", name="y"),
    ]
    inner = block(inside, "a>b b>c", [{"name": "mode", "type": "str", "default": text[:200]}])
    nodes = [
        node("x", "Input", shape=[3], columns=[text[:200]], label=text, note=text, color=text[:64]),
        node("h", "block:Inner", mode=text[:200]),
        node("y", "Output", columns=[text[:200]], loss={"type": "MSELoss", "params": {}}),
    ]
    made = graph(nodes, "x>h.x h.y>y", {"Inner": inner})
    return {**made, "notes": [{"id": "t", "text": text}]}


PLAIN = generate_code(parse_document(network()))


@given(HOSTILE)
def test_texts_that_name_nothing_are_quoted_or_left_out(text: str) -> None:
    assume(is_text(text))
    code = generate_code(document(network(text)))

    compile(code, "network.py", "exec")
    assert shape_of(code) == shape_of(PLAIN)
    assert texts_in(code) - texts_in(PLAIN) <= {text[:200]}
    assert code.isascii()


def is_text(text: str) -> bool:
    """Whether a document may hold it: no NUL, no half of a character."""
    return "\x00" not in text and text.encode("utf-8", "replace").decode() == text


def rename(part: str, key: str) -> Callable[[JSON, str], None]:
    def change(data: JSON, name: str) -> None:
        data["blocks"]["Inner"][part][0][key] = name

    return change


def rename_node(data: JSON, name: str) -> None:
    data["nodes"][1]["name"] = name


def rename_id(data: JSON, name: str) -> None:
    data["nodes"][1]["id"] = name


def rename_block(data: JSON, name: str) -> None:
    data["blocks"][name] = data["blocks"].pop("Inner")
    data["nodes"][1]["type"] = f"block:{name}"


def tie(data: JSON, name: str) -> None:
    data["nodes"][1]["ties"] = {name: ["x", "weight"]}


def set_param(data: JSON, name: str) -> None:
    data["nodes"][1]["params"][name] = 1


def set_loss(data: JSON, name: str) -> None:
    data["nodes"][2]["params"]["loss"]["type"] = name


def set_type(data: JSON, name: str) -> None:
    data["nodes"][1] |= {"type": name, "params": {}}


def refer(data: JSON, name: str) -> None:
    data["blocks"]["Inner"]["nodes"][1]["params"]["out_features"] = {"$": name}


PLACES: dict[str, tuple[Callable[[JSON, str], None], Callable[[str], bool]]] = {
    "node": (rename_node, is_name),
    "id": (rename_id, is_id),
    "port": (rename("nodes", "name"), is_name),
    "parameter": (rename("params", "name"), is_argument_name),
    "block": (rename_block, is_block_name),
    "tie": (tie, lambda name: name.replace(".", "_").isidentifier()),
    "setting": (set_param, lambda name: name == "mode"),
    "reference": (refer, lambda name: name == "mode"),
    "loss": (set_loss, lambda name: name in LOSSES),
    "type": (set_type, lambda name: name == "Linear"),
}


@pytest.mark.parametrize("place", PLACES)
@given(name=HOSTILE)
def test_a_name_that_is_no_plain_identifier_is_refused_wherever_it_stands(place: str, name: str) -> None:
    change, allowed = PLACES[place]
    assume(not allowed(name))
    data = network()
    change(data, name)

    with pytest.raises(UserError) as refused:
        parse_document(data)
    assert refused.value.status == 400
    assert len(refused.value.message("en")) < 700
    assert refused.value.message("en") != refused.value.message("zh")


@given(name=HOSTILE)
def test_a_name_that_is_taken_is_an_ascii_identifier_of_its_own(name: str) -> None:
    for allowed in (is_name, is_argument_name, is_block_name):
        if allowed(name):
            assert name.isascii()
            assert name.isidentifier()
            assert not name.startswith("_")
