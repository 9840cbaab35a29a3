"""Checkpoints are whole or not there, and hold no pickle."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from trainer.errors import UserError
from trainer.training.checkpoint import (
    Snapshot,
    copy_weights,
    load_weights,
    read_checkpoint,
    save_weights,
    write_checkpoint,
)


class Tied(nn.Module):
    """An embedding whose weight is that of the layer after it."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.head = nn.Linear(3, 5)
        self.head.weight = self.embed.weight


def snapshot(step: int, value: float = 1.0, size: int = 4) -> Snapshot:
    return Snapshot(
        step=step,
        epoch=1,
        weights={"layer.weight": torch.full((size,), value)},
        tensors={"optimizer.0.step": torch.tensor(float(step))},
        state={"batch": 2, "rate": 0.1},
        documents={"config.json": {"epochs": 1}},
    )


def test_checkpoint_reads_back_as_it_was_written(tmp_path: Path) -> None:
    place = write_checkpoint(tmp_path, snapshot(7))
    assert place == tmp_path / "step-7"
    read = read_checkpoint(place)
    assert (read.step, read.epoch, read.state) == (7, 1, {"batch": 2, "rate": 0.1})
    assert read.weights["layer.weight"].equal(torch.ones(4))
    assert read.tensors["optimizer.0.step"].item() == 7
    assert json.loads((place / "config.json").read_text()) == {"epochs": 1}
    assert {file.suffix for file in place.iterdir()} == {".safetensors", ".json"}


def test_checkpoint_of_the_same_step_takes_the_place_of_the_first(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, snapshot(7, value=1.0))
    write_checkpoint(tmp_path, snapshot(7, value=2.0))
    assert read_checkpoint(tmp_path / "step-7").weights["layer.weight"][0] == 2
    assert [place.name for place in tmp_path.iterdir()] == ["step-7"]


def test_tied_tensors_are_stored_once_and_come_back_under_both_names(tmp_path: Path) -> None:
    network = Tied()
    save_weights(copy_weights(network.state_dict()), tmp_path / "weights.safetensors")
    assert (tmp_path / "weights.safetensors").stat().st_size < 4 * (15 + 5) + 400
    weights = load_weights(tmp_path / "weights.safetensors")
    assert weights.keys() == network.state_dict().keys()
    fresh = Tied()
    fresh.load_state_dict(weights)
    assert fresh.head.weight.equal(network.embed.weight)


def test_copied_weights_do_not_follow_the_network() -> None:
    network = nn.Linear(2, 2)
    before = copy_weights(network.state_dict())
    with torch.no_grad():
        network.weight.zero_()
    assert before["weight"].abs().sum() > 0


def test_what_the_disk_refuses_is_told_as_the_error_that_it_is(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(OSError, match=r"weights\.safetensors") as refused:
            save_weights({"weight": torch.zeros(10_000)}, tmp_path / "weights.safetensors")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refused.value.errno == errno.EFBIG


def test_broken_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    place = write_checkpoint(tmp_path, snapshot(3))
    (place / "weights.safetensors").write_bytes(b"\x80\x04 pickle")
    with pytest.raises(UserError, match="step-3") as refused:
        read_checkpoint(place)
    assert refused.value.code == "training.checkpoint_unreadable"


WRITER = """
import sys
from pathlib import Path
from tests.trainer.training.test_checkpoint import snapshot, write_checkpoint
for step in range(1, 10_000):
    write_checkpoint(Path(sys.argv[1]), snapshot(step, value=step, size=1_000_000))
    print(step, flush=True)
"""


@pytest.mark.parametrize("delay", [0.003, 0.009])
def test_kill_during_a_write_leaves_every_named_checkpoint_whole(tmp_path: Path, delay: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    for _ in range(2):
        told = int(process.stdout.readline())
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    places = [place for place in tmp_path.iterdir() if place.name.startswith("step-")]
    assert len(places) >= told
    for place in places:
        step = int(place.name.removeprefix("step-"))
        assert read_checkpoint(place).weights["layer.weight"].eq(step).all()
