"""Graphs after random edits: the check answers whatever they come to, and the repairs that it offers hold."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.graph.documents import image_facts
from tests.trainer.graph.drawn_edits import edited_graphs
from trainer.errors import UserError
from trainer.graph.analysis import LATELY, analyse
from trainer.graph.codegen import generate_code
from trainer.graph.document import Document, parse_document
from trainer.graph.edits import apply_edits
from trainer.messages.registry import registered_codes

FACTS = {"none": None, "images": image_facts(), "binary": image_facts(num_classes=2)}
STATES = {"ok", "error", "waiting", "unused"}
PROBLEM_KEYS = {"code", "severity", "node", "param", "edge", "message", "details", "fixes"}


def read(data: dict[str, Any]) -> Document | None:
    """The document, or None where it is refused in both languages with the path of the place."""
    error = refusal(lambda: parse_document(data))
    if error is None:
        return parse_document(data)
    assert error.status in (400, 413)
    assert error.path
    assert error.message("en") != error.message("zh")
    return None


def refusal(call: Callable[[], object]) -> UserError | None:
    try:
        call()
    except UserError as error:
        return error
    return None


def keys(problems: list[dict[str, Any]]) -> set[tuple[str | None, ...]]:
    return {(p["code"], p["node"], p["param"], p["edge"]) for p in problems}


def has_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


@given(edited_graphs(), st.sampled_from(["none", "none", "none", *FACTS]))
def test_every_graph_that_can_be_read_is_answered_in_both_languages(data: dict[str, Any], bound: str) -> None:
    document = read(data)
    if document is None:
        return
    english, chinese = (analyse(document, facts=FACTS[bound], language=language) for language in ("en", "zh"))

    json.dumps(english, allow_nan=False)
    assert {entry["state"] for entry in english["nodes"].values()} <= STATES
    assert keys(english["problems"]) == keys(chinese["problems"])
    for one, other in zip(english["problems"], chinese["problems"], strict=True):
        assert one.keys() == PROBLEM_KEYS
        assert one["code"] in registered_codes()
        assert one["node"] is None or one["node"].split("/")[0] in english["nodes"]
        assert one["message"]
        assert not has_chinese(one["message"])
        assert has_chinese(other["message"])
        assert all(fix["label"] and fix["edits"] for fix in one["fixes"])
        assert all(has_chinese(fix["label"]) for fix in other["fixes"])


@given(edited_graphs(), st.sampled_from(["none", "none", "none", *FACTS]))
def test_every_repair_that_is_offered_removes_its_problem_and_brings_no_other(data: dict[str, Any], bound: str) -> None:
    document = read(data)
    if document is None:
        return
    before = analyse(document, facts=FACTS[bound])["problems"]

    for problem in before:
        for fix in problem["fixes"]:
            edited = apply_edits(document, json.loads(json.dumps(fix["edits"])))
            assert parse_document(json.loads(json.dumps(edited.to_json()))) == edited
            after = keys(analyse(edited, facts=FACTS[bound])["problems"])
            assert (problem["code"], problem["node"], problem["param"], problem["edge"]) not in after
            assert after <= keys(before)


@given(edited_graphs(), st.sampled_from(["none", *FACTS]))
def test_a_check_answers_alike_whatever_was_checked_before(data: dict[str, Any], bound: str) -> None:
    document = read(data)
    if document is None:
        return
    before = analyse(document)["problems"]
    edits = [fix["edits"] for problem in before for fix in problem["fixes"]]
    for edited in [document, *(apply_edits(document, some) for some in edits[:2])]:
        warm = analyse(edited, facts=FACTS[bound])
        LATELY.clear()

        assert analyse(edited, facts=FACTS[bound]) == warm


@given(edited_graphs())
def test_what_the_check_lets_pass_is_built_and_what_it_does_not_is_refused(data: dict[str, Any]) -> None:
    document = read(data)
    if document is None:
        return
    errors = [problem for problem in analyse(document)["problems"] if problem["severity"] == "error"]

    error = refusal(lambda: compile(generate_code(document), "network.py", "exec"))

    assert (error is None) == (errors == [])
    if error is not None:
        assert (error.code, error.status, len(error.problems)) == ("graph.invalid", 422, len(errors))
        assert error.message("en") != error.message("zh")
