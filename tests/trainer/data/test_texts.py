"""Text as tokens: vocabularies, rows that are cut off or filled up, and a whole text in windows."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.trainer.texts import following_graph, reading_graph, write_texts
from trainer.data.columns import Column
from trainer.data.encoders import Encoders, fit_input, input_spec
from trainer.data.inputs.text import TextEncoder
from trainer.data.prepare import PreparedData, prepare
from trainer.data.samples import build_sample
from trainer.data.splits import SplitSettings
from trainer.data.tokens import END, PAD, UNKNOWN, Vocabulary
from trainer.data.version import Content, VersionReader, write_version
from trainer.errors import UserError

COLUMN = Column("text", "text")
TEXTS = np.array(["Good bread, good day!", "A day of bread", None, "good good 你好"], dtype=object)


def encoder(**settings: Any) -> TextEncoder:
    fitted = fit_input([COLUMN], settings, {"text": TEXTS})
    assert isinstance(fitted, TextEncoder)
    return fitted


def one(fitted: TextEncoder, text: Any) -> list[int]:
    (row,) = fitted.encode([{"text": text}]).tolist()
    return [int(token) for token in row]


def test_words_are_indices_that_begin_behind_the_three_with_a_meaning() -> None:
    fitted = encoder(max_length=4)
    assert one(fitted, "GOOD") == [3, PAD, PAD, PAD]  # the most frequent, in whatever case
    assert one(fitted, "good cake") == [3, UNKNOWN, PAD, PAD]
    assert one(fitted, "good " * 9) == [3] * 4


@pytest.mark.parametrize("nothing", [None, "", "   ", "\n"])
def test_a_text_of_nothing_is_one_unknown_token(nothing: str | None) -> None:
    assert one(encoder(max_length=3), nothing) == [UNKNOWN, PAD, PAD]


@pytest.mark.parametrize("unit", ["words", "subwords", "characters"])
def test_stored_and_sent_texts_are_encoded_alike_also_after_json(unit: str) -> None:
    fitted = encoder(tokens=unit, max_length=9)
    again = Encoders.from_json(json.loads(json.dumps(Encoders({"x": fitted}, {}).to_json()))).inputs["x"]
    stored = fitted.encode_arrays({"text": TEXTS})
    assert stored.dtype == np.int64
    assert stored.shape == (4, 9)
    np.testing.assert_array_equal(again.encode([{"text": text} for text in TEXTS]), stored)
    assert stored.max() < TextEncoder.num_indices({"tokens": unit})


@pytest.mark.parametrize("unit", ["subwords", "characters"])
def test_what_is_cut_into_pieces_comes_back_whole(unit: str) -> None:
    text = "Good bread, good day!\n A day of bread"
    vocabulary = Vocabulary.fit(unit, 300, iter([text, "你好 😀"]))  # type: ignore[arg-type]
    for given in (text, "你好 😀", "<end> and <pad> are words here") if unit == "subwords" else (text, "你好 😀"):
        (tokens,) = vocabulary.encode([given])
        assert vocabulary.decode([END, *tokens, PAD]) == given
        assert min(tokens) > END


def test_fitting_twice_gives_the_same_vocabulary() -> None:
    texts = [f"word{number % 50} and word{number % 7}" for number in range(500)]
    for unit in ("words", "subwords", "characters"):
        made = [Vocabulary.fit(unit, 320, iter(texts)).to_json() for _ in range(2)]  # type: ignore[arg-type]
        assert made[0] == made[1]


def test_the_vocabulary_is_no_larger_than_asked_for() -> None:
    texts = iter(f"word{number}" for number in range(5000) for _ in range(2))
    assert len(Vocabulary.fit("words", 100, texts)) == 100


def test_halves_of_characters_are_refused_by_nobody() -> None:
    assert one(encoder(max_length=3), "good \ud83d")[0] == 3


def test_a_text_of_any_length_takes_no_longer_than_what_is_seen_of_it() -> None:
    fitted = encoder(max_length=4, tokens="subwords", vocab_size=300)
    seen: list[int] = []
    encode = fitted.vocabulary.encode

    def watched(texts: Any) -> list[list[int]]:
        seen.extend(map(len, texts))
        return encode(texts)

    fitted.vocabulary.encode = watched  # type: ignore[method-assign]
    assert one(fitted, "good" * 1_000_000) == one(fitted, "good" * 64)
    assert seen == [4 * 64, 4 * 64]


@pytest.mark.parametrize("value", [3, ["good"], {"a": 1}, True])
def test_what_is_no_text_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(UserError) as refused:
        encoder().encode([{"text": "good"}, {"text": value}])
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("value.not_a_text", "instances[1].text")


@pytest.mark.parametrize(
    "settings",
    [
        {"tokens": "sentences"},
        {"vocab_size": 3},
        {"vocab_size": 10**6},
        {"tokens": "subwords", "vocab_size": 100},
        {"max_length": 1},
        {"max_length": "long"},
        {"max_length": True},
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        input_spec([COLUMN], settings)
    assert refused.value.code == "data.bad_setting"


# -- whole texts


def windows_of(place: Path, graph: dict[str, Any], **options: Any) -> PreparedData:
    return prepare(graph, write_texts(place), **options)


def test_windows_follow_one_another_and_the_targets_are_one_token_on(tmp_path: Path) -> None:
    data = windows_of(tmp_path, following_graph(length=8))
    reader, fitted = VersionReader(tmp_path), Encoders.from_json(data.encoders)
    assert fitted.whole_text is not None
    name, read = fitted.whole_text
    for split, part in data.splits.items():
        texts = reader.table_rows(["text"])["text"][reader.rows(split)]
        stream = read.stream(texts)
        given, following = part.inputs[name], part.targets["answer"]
        assert given.shape == following.shape == (part.num_rows, 8)
        assert part.num_rows == (len(stream) - 1) // 8
        assert given.flatten().tolist() == stream[: part.num_rows * 8].tolist()
        assert following.flatten().tolist() == stream[1 : part.num_rows * 8 + 1].tolist()
        assert (stream == END).sum() == sum(text is not None for text in texts)
    assert data.splits["train"].num_rows > 100


def test_windows_in_files_are_those_in_memory_and_stored_once(tmp_path: Path) -> None:
    held = windows_of(tmp_path / "held", following_graph())
    files = tmp_path / "files"
    mapped = windows_of(tmp_path / "mapped", following_graph(), files=files, resident_bytes=1000)
    assert mapped.is_mapped
    for split, part in held.splits.items():
        assert mapped.splits[split].inputs["words"].equal(part.inputs["words"])
        assert mapped.splits[split].targets["answer"].equal(part.targets["answer"])
    tokens = sum(part.num_rows for part in held.splits.values()) * 8 + len(held.splits)
    assert sum(path.stat().st_size for path in (files / "rows").glob("*.inputs.*")) == 8 * tokens
    assert not list((files / "rows").glob("*.targets.*"))


def test_a_text_that_is_shorter_than_a_window_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        windows_of(tmp_path, following_graph(length=8000))
    assert refused.value.code == "data.text_too_short"


def test_a_whole_text_goes_in_alone(tmp_path: Path) -> None:
    graph = following_graph()
    graph["nodes"].append({"id": "m", "name": "more", "type": "Input", "params": {"columns": ["text"]}})
    with pytest.raises(UserError) as refused:
        windows_of(tmp_path, graph)
    assert refused.value.code == "data.whole_text_alone"


def test_rows_of_text_train_beside_their_classes(tmp_path: Path) -> None:
    data = prepare(reading_graph(length=12), write_texts(tmp_path))
    train = data.splits["train"]
    assert train.inputs["words"].shape == (train.num_rows, 12)
    assert train.targets["answer"].shape == (train.num_rows,)


def test_long_texts_in_many_rows_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = windows_of(tmp_path / "whole", following_graph())
    monkeypatch.setattr("trainer.data.streams.TEXTS_AT_ONCE", 7)
    pieces = windows_of(tmp_path / "pieces", following_graph())
    assert pieces.splits["train"].inputs["words"].equal(whole.splits["train"].inputs["words"])


def test_the_reviews_come_with_their_own_test_rows(tmp_path: Path) -> None:
    manifest = build_sample("food-reviews", tmp_path / "reviews")
    assert manifest["splits"] == {"train": 3600, "val": 400, "test": 1000}
    assert [(column["name"], column["kind"]) for column in manifest["columns"]] == [
        ("review", "text"),
        ("score", "category"),
    ]
    values = VersionReader(tmp_path / "reviews").table_rows(["review"])["review"]
    assert not any("<br" in text for text in values)


def test_a_version_without_any_text_still_has_a_vocabulary(tmp_path: Path) -> None:
    table = pl.DataFrame({"text": pl.Series([None] * 20, dtype=pl.String), "kind": ["a", "b"] * 10})
    content = Content("Nothing", {"text": "text", "kind": "category"}, table, target="kind")
    write_version(tmp_path / "data", content, SplitSettings())
    rows = prepare(reading_graph(length=3), tmp_path / "data").splits["train"].inputs["words"].tolist()
    assert all(one == other == [UNKNOWN, PAD, PAD] for one, other in pairwise(rows))
