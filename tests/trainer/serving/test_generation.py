"""Texts that are gone on with, by a network that is told what to score."""

from typing import Any

import numpy as np
import pytest

from trainer.data.columns import Column
from trainer.data.encoders import Encoders
from trainer.data.inputs.text import TextEncoder
from trainer.data.targets import NextTokenTarget
from trainer.data.tokens import END, PAD, UNKNOWN
from trainer.errors import UserError
from trainer.serving.bundle import Manifest, Tensor
from trainer.serving.generation import Continuation, Language, advance
from trainer.serving.runtime import Bundle

LENGTH = 6
SIZE = 300


def language(text: str = "one two three two one", unit: str = "subwords") -> Language:
    encoder = TextEncoder.fit_texts(
        [Column("text", "text")],
        {"tokens": unit, "vocab_size": SIZE, "max_length": LENGTH},
        np.array([text] * 4, dtype=object),
        is_whole=True,
    )
    encoders = Encoders({"words": encoder}, {"answer": NextTokenTarget("words", LENGTH)})
    shapes = (Tensor("words", (LENGTH,), "int64"),), (Tensor("answer", (LENGTH, SIZE), "float32"),)
    found = Language.of(Bundle(Manifest("onnx", 1, *shapes, parity=None, reason=None), encoders))
    assert found is not None
    return found


class Says:
    """A network that scores `token_after` of the last token highest; it keeps what it was shown."""

    def __init__(self, token_after: Any) -> None:
        self.token_after = token_after
        self.shown: list[np.ndarray] = []

    def run(self, arrays: Any) -> dict[str, np.ndarray]:
        tokens = arrays["words"]
        self.shown.append(tokens)
        scores = np.zeros((*tokens.shape, SIZE), dtype=np.float32)
        for row, step in np.ndindex(tokens.shape):
            scores[row, step, self.token_after(tokens[row, step])] = 9
        return {"answer": scores}


def go_on(network: Any, asked: list[dict[str, Any]], told: Language | None = None) -> list[Continuation]:
    told = told or language()
    running = [Continuation(told, prompt) for prompt in told.read(asked)]
    while any(not one.is_over for one in running):
        advance(network, told, running)
    return running


def test_the_likeliest_token_is_added_each_time() -> None:
    (one,) = go_on(Says(lambda token: token + 1), [{"prompt": "a", "temperature": 0, "max_tokens": 4}])
    start = language().encoder.vocabulary.encode(["a"])[0][0]
    assert one.answered == [start + 1, start + 2, start + 3, start + 4]
    assert not one.has_ended


def test_a_text_begins_behind_an_end_and_stops_at_one() -> None:
    network = Says(lambda token: END)
    (one,) = go_on(network, [{"prompt": "a", "temperature": 0}])
    assert network.shown[0][0].tolist()[:1] == [END]
    assert network.shown[0][0].tolist()[2:] == [PAD] * (LENGTH - 2)
    assert (one.answered, one.has_ended) == ([], True)


def test_only_the_last_tokens_are_seen() -> None:
    network = Says(lambda token: token)
    go_on(network, [{"prompt": "one two three two one two three", "temperature": 0, "max_tokens": 1}])
    told = language()
    tokens = told.encoder.vocabulary.encode(["one two three two one two three"])[0]
    assert len(tokens) >= LENGTH
    assert network.shown[0][0].tolist() == tokens[-LENGTH:]


@pytest.mark.parametrize("token", [PAD, UNKNOWN, SIZE - 1])
def test_what_nobody_could_read_is_never_said(token: int) -> None:
    told = language()
    if token >= 2:
        assert len(told.encoder.vocabulary) < SIZE
    (one,) = go_on(Says(lambda _: token), [{"prompt": "a", "temperature": 1.0, "max_tokens": 20, "seed": 3}], told)
    assert token not in one.answered


def test_the_same_seed_says_the_same_and_others_do_not() -> None:
    network = Says(lambda token: token)
    asked = [{"prompt": "one", "temperature": 5, "max_tokens": 30, "seed": seed} for seed in (1, 1, 2)]
    first, again, other = go_on(network, asked)
    assert first.answered == again.answered
    assert first.answered != other.answered


def test_texts_of_different_lengths_go_together_and_give_what_they_give_alone() -> None:
    asked = [
        {"prompt": "one", "temperature": 2, "max_tokens": 3, "seed": 1},
        {"prompt": "two three two", "temperature": 2, "max_tokens": 9, "seed": 2},
    ]
    together = go_on(Says(lambda token: token), asked)
    alone = [go_on(Says(lambda token: token), [one])[0] for one in asked]
    assert [one.answered for one in together] == [one.answered for one in alone]


@pytest.mark.parametrize(("unit", "added"), [("subwords", " two three"), ("words", " two, three")])
def test_what_was_added_goes_right_behind_the_prompt(unit: str, added: str) -> None:
    told = language("one two three, two one", unit)
    (prompt,) = told.read([{"prompt": "one"}])
    (tokens,) = told.encoder.vocabulary.encode([added])
    assert told.answer(prompt, tokens, True) == {"answer": {"text": added, "num_tokens": len(tokens), "ended": True}}


@pytest.mark.parametrize(
    ("instance", "code", "path"),
    [
        ("a text", "value.no_instances", "instances[0]"),
        ({}, "value.missing_column", "instances[0].prompt"),
        ({"prompt": 3}, "value.not_a_text", "instances[0].prompt"),
        ({"prompt": "a" * 20_001}, "value.long_text", "instances[0].prompt"),
        ({"prompt": "a", "top": 1}, "value.unknown_column", "instances[0].top"),
        ({"prompt": "a", "max_tokens": 0}, "value.setting_range", "instances[0].max_tokens"),
        ({"prompt": "a", "max_tokens": 5.5}, "value.setting_range", "instances[0].max_tokens"),
        ({"prompt": "a", "max_tokens": True}, "value.setting_range", "instances[0].max_tokens"),
        ({"prompt": "a", "max_tokens": None}, "value.setting_range", "instances[0].max_tokens"),
        ({"prompt": "a", "temperature": -1}, "value.setting_range", "instances[0].temperature"),
        ({"prompt": "a", "temperature": float("nan")}, "value.setting_range", "instances[0].temperature"),
        ({"prompt": "a", "seed": "x"}, "value.setting_range", "instances[0].seed"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(instance: Any, code: str, path: str) -> None:
    with pytest.raises(UserError) as refused:
        language().read([instance])
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == (code, path)


@pytest.mark.parametrize("instances", [None, [], {}, "text"])
def test_nothing_to_go_on_from_is_refused(instances: Any) -> None:
    with pytest.raises(UserError) as refused:
        language().read(instances)
    assert refused.value.code == "value.no_instances"


def test_a_network_that_scores_nothing_finite_says_so() -> None:
    class Broken(Says):
        def run(self, arrays: Any) -> dict[str, np.ndarray]:
            return {"answer": super().run(arrays)["answer"] * np.nan}

    with pytest.raises(UserError) as refused:
        go_on(Broken(lambda token: token), [{"prompt": "a"}])
    assert refused.value.code == "serving.scores_not_finite"


def test_a_network_that_reads_rows_is_no_language() -> None:
    told = language()
    rows = TextEncoder.from_json({**told.encoder.to_json(), "is_whole": False})
    manifest = Manifest("onnx", 1, (), (), parity=None, reason=None)
    assert Language.of(Bundle(manifest, Encoders({"words": rows}, {}))) is None
