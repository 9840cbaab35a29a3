"""Networks that read texts learn, and are gone on with exactly, wherever the tokens lie."""

from pathlib import Path
from typing import Any

import pytest
from torch.nn import functional as F

from tests.trainer.texts import following_graph, reading_graph, write_texts
from tests.trainer.training.jobs import assert_same_from, resume, same_tensors, train, write_job
from trainer.training.job import read_job
from trainer.training.mapped import MappedSplit
from trainer.training.setup import set_up

ADAM = {"type": "Adam", "params": {"lr": 0.02}}
SETTINGS: dict[str, Any] = {"epochs": 2, "batch_size": 16, "optimizer": ADAM, "checkpoint": {"every_steps": 7}}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_texts(tmp_path_factory.mktemp("texts") / "data")


def test_a_network_learns_to_tell_texts_apart(tmp_path: Path, texts: Path) -> None:
    run = train(write_job(tmp_path / "job", reading_graph(), texts, {**SETTINGS, "epochs": 12}))
    assert run.end["test"]["accuracy"] > 0.9  # all but the one without a text, perhaps


@pytest.mark.parametrize("unit", ["subwords", "characters", "words"])
def test_a_network_learns_what_comes_next(unit: str, tmp_path: Path, texts: Path) -> None:
    run = train(write_job(tmp_path / "job", following_graph(tokens=unit), texts, {**SETTINGS, "epochs": 6}))
    first, *_, last = [epoch["values"]["val/perplexity"] for epoch in run.epochs()]
    assert last < 0.5 * first
    assert last < 15


def test_the_loss_is_that_of_every_token_but_the_first(tmp_path: Path, texts: Path) -> None:
    setup = set_up(read_job(write_job(tmp_path / "job", following_graph(), texts, SETTINGS)))
    (head,) = setup.heads
    inputs, targets = setup.splits["val"].slice(0, 5)
    assert inputs[0][:, 1:].equal(targets[0][:, :-1])
    results = setup.compiled.run(*inputs)
    expected = F.cross_entropy(results[0].movedim(-1, 1), targets[0])
    assert head.compare(results, targets).loss.item() == pytest.approx(expected.item())


@pytest.mark.parametrize("graph", [following_graph(), reading_graph()], ids=["next token", "rows"])
@pytest.mark.parametrize("more", [{}, {"resident_bytes": 0}], ids=["in memory", "in files"])
def test_a_run_on_texts_is_gone_on_with_exactly(
    graph: dict[str, Any], more: dict[str, Any], tmp_path: Path, texts: Path
) -> None:
    whole = train(write_job(tmp_path / "whole", graph, texts, SETTINGS, **more))
    assert_same_from(whole, resume(whole, 7, tmp_path / "from-7"), 7)


def test_tokens_in_files_train_to_the_weights_of_those_in_memory(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.data.placement.BLOCK_BYTES", 5 * 64)
    job = write_job(tmp_path / "mapped", following_graph(), texts, SETTINGS, resident_bytes=0)
    assert isinstance(set_up(read_job(job)).splits["train"], MappedSplit)
    mapped = train(job)
    held = train(write_job(tmp_path / "held", following_graph(), texts, SETTINGS, frozen=mapped.frozen))
    assert mapped.frozen["block_rows"] == 5
    assert same_tensors(mapped.weights(), held.weights())
    assert mapped.epochs() == held.epochs()


def test_answers_that_fill_the_memory_are_read_batch_by_batch(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = train(write_job(tmp_path / "usual", following_graph(), texts, SETTINGS))
    monkeypatch.setattr("trainer.training.record.MAX_UNREAD_VALUES", 1)
    often = train(write_job(tmp_path / "often", following_graph(), texts, SETTINGS))
    assert same_tensors(usual.weights(), often.weights())
    for one, other in zip(usual.epochs(), often.epochs(), strict=True):
        assert one["values"] == pytest.approx(other["values"])
