"""A run on texts is followed by its project too, bit by bit."""

from pathlib import Path
from typing import Any

import pytest

from tests.trainer.standalone.test_settings import assert_follows
from tests.trainer.texts import following_graph, reading_graph, write_texts


@pytest.mark.parametrize(
    "document",
    [reading_graph(), reading_graph(tokens="characters"), following_graph(), following_graph(tokens="words")],
    ids=["words", "characters", "next subword", "next word"],
)
def test_a_run_on_texts_is_followed(document: dict[str, Any], tmp_path: Path) -> None:
    data = write_texts(tmp_path / "data")
    project = assert_follows(tmp_path, data, {"epochs": 2, "batch_size": 8, "optimizer": {"type": "Adam"}}, document)
    assert "tokenizers==" in (project / "requirements.txt").read_text()


def test_a_run_on_texts_that_stops_early_by_its_metric_is_followed(tmp_path: Path) -> None:
    data = write_texts(tmp_path / "data")
    config = {
        "epochs": 3,
        "batch_size": 8,
        "early_stopping": {"patience": 1},
        "checkpoint": {"best_by": "metric"},
        "optimizer": {"type": "Adam", "params": {"lr": 0.01}},
    }
    assert_follows(tmp_path, data, config, following_graph())
