"""A data set that does not fit is read from files: the same run to the last bit, stopped and gone on with or not."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.training.jobs import Trained, assert_same_from, digits_graph, resume, same_tensors, train, write_job
from tests.trainer.training.tiny import WITH_WORDS, build_tiny
from trainer.data.storage import ROOM_LEFT
from trainer.training.control import Control
from trainer.training.job import read_job
from trainer.training.mapped import MappedSplit
from trainer.training.session import train_job
from trainer.training.setup import set_up

BLOCK_ROWS = 10
DIGIT_BYTES = 64 + 8
SETTINGS = {"epochs": 2, "batch_size": 120, "seed": 3, "checkpoint": {"every_steps": 5}}


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.data.placement.BLOCK_BYTES", BLOCK_ROWS * DIGIT_BYTES)


def digits_job(directory: Path, digits: Path, **more: Any) -> Path:
    return write_job(directory, digits_graph(), digits, {**SETTINGS, **more.pop("config", {})}, **more)


def assert_same(one: Trained, other: Trained) -> None:
    assert same_tensors(one.weights(), other.weights())
    assert one.series() == other.series()
    assert one.epochs() == other.epochs()
    assert one.end == other.end


def test_mapped_run_of_pictures_equals_one_in_memory_in_the_same_order(tmp_path: Path, digits: Path) -> None:
    mapped = train(digits_job(tmp_path / "mapped", digits, resident_bytes=0))
    assert mapped.frozen["block_rows"] == BLOCK_ROWS
    assert_same(mapped, train(digits_job(tmp_path / "resident", digits, frozen=mapped.frozen)))
    one_by_one = train(digits_job(tmp_path / "one-by-one", digits))
    assert one_by_one.frozen["block_rows"] == 0
    assert not same_tensors(one_by_one.weights(), mapped.weights())


def test_mapped_run_of_a_table_equals_one_in_memory_in_the_same_order(tmp_path: Path) -> None:
    dataset = build_tiny(tmp_path / "tiny")
    config = {"epochs": 3, "batch_size": 10, "class_weights": {"kind": "balanced"}}
    mapped = train(write_job(tmp_path / "mapped", WITH_WORDS, dataset, config, resident_bytes=0))
    resident = write_job(tmp_path / "resident", WITH_WORDS, dataset, config, frozen=mapped.frozen)
    assert mapped.end["status"] == "succeeded"
    assert_same(mapped, train(resident))


def test_resumed_mapped_run_equals_uninterrupted_one_wherever_its_rows_lie(tmp_path: Path, digits: Path) -> None:
    whole = train(digits_job(tmp_path / "whole", digits, resident_bytes=0))
    assert_same_from(whole, resume(whole, 5, tmp_path / "from-5"), 5)
    assert_same_from(whole, resume(whole, 20, tmp_path / "from-20"), 20)
    job = json.loads((whole.directory / "job.json").read_text())
    (whole.directory / "job.json").write_text(json.dumps({**job, "resident_bytes": None}))
    assert_same_from(whole, resume(whole, 5, tmp_path / "with-more-memory"), 5)


def test_rows_are_read_from_files_in_the_job_and_go_with_the_run(tmp_path: Path, digits: Path) -> None:
    job = digits_job(tmp_path / "job", digits, resident_bytes=0)
    splits = set_up(read_job(job)).splits
    assert all(isinstance(split, MappedSplit) for split in splits.values())
    files = {path.name: path.stat() for path in (job / "data" / "rows").iterdir()}
    assert files["train.inputs.features"].st_size == splits["train"].num_rows * 64
    again = set_up(read_job(job)).splits
    assert {path.name: path.stat().st_ino for path in (job / "data" / "rows").iterdir()} == {
        name: stat.st_ino for name, stat in files.items()
    }
    rows = torch.tensor([3, 0, 3, splits["train"].num_rows - 1])
    assert all(map(torch.equal, splits["train"].take(rows)[0], again["train"].take(rows)[0]))
    assert train(job).end["status"] == "succeeded"
    assert not (job / "data").exists()


def test_rows_are_kept_for_the_next_job_of_a_run_until_it_has_ended(tmp_path: Path, digits: Path) -> None:
    kept, control = tmp_path / "kept", Control(requested="hand_back")
    first = digits_job(tmp_path / "first", digits, resident_bytes=0, data_dir=str(kept))
    events: list[Any] = []
    assert train_job(first, events.append, control) == "handed_back"
    inodes = {path.name: path.stat().st_ino for path in (kept / "rows").iterdir()}
    assert "train.inputs.features" in inodes
    place = first / next(event["path"] for event in reversed(events) if event["type"] == "checkpoint")
    frozen = next(event["frozen"] for event in events if event["type"] == "started")
    goes_on = {"resume": str(place), "frozen": frozen, "data_dir": str(kept)}
    second = digits_job(tmp_path / "second", digits, resident_bytes=0, **goes_on)
    shutil.copyfile(place / "encoders.json", second / "encoders.json")
    set_up(read_job(second))
    assert {path.name: path.stat().st_ino for path in (kept / "rows").iterdir()} == inodes
    assert train(second).end["status"] == "succeeded"
    assert not kept.exists()


def test_rows_of_other_encoders_are_not_taken_for_these(tmp_path: Path, digits: Path) -> None:
    job = digits_job(tmp_path / "job", digits, resident_bytes=0)
    set_up(read_job(job))
    graph: dict[str, Any] = digits_graph()
    graph["nodes"][0]["params"] |= {"encoder": {"size": [4, 4]}, "shape": [1, 4, 4]}
    (job / "graph.json").write_text(json.dumps(graph))
    inputs, _ = set_up(read_job(job)).splits["train"].take(torch.arange(5))
    assert inputs[0].shape == (5, 1, 4, 4)


def test_disk_without_room_for_the_rows_stops_the_run_and_says_so(
    tmp_path: Path, digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = digits_job(tmp_path / "job", digits, resident_bytes=0)
    monkeypatch.setattr("trainer.data.storage.ROOM_LEFT", 10**18)
    error: Mapping[str, Any] = train(job).end["error"]
    assert error["code"] == "training.disk_full"
    assert "bytes of encoded rows" in error["message"]
    assert not (job / "data").exists()
    monkeypatch.setattr("trainer.data.storage.ROOM_LEFT", ROOM_LEFT)
    assert train(job).end["status"] == "succeeded"


def test_no_more_than_a_few_batches_are_read_ahead(tmp_path: Path, digits: Path) -> None:
    train_rows = set_up(read_job(digits_job(tmp_path / "job", digits, resident_bytes=0))).splits["train"]
    asked: list[int] = []

    def rows() -> Any:
        for number in range(100):
            asked.append(number)
            yield torch.tensor([number])

    batches = train_rows.batches(rows())
    for number in range(3):
        inputs, _ = next(batches)
        assert inputs[0].equal(train_rows.take(torch.tensor([number]))[0][0])
    assert len(asked) == 3 + 3
