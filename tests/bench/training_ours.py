"""The product's own training: `python -m tests.bench.training_ours TASK`, a contender of `tests.bench.training`.

One run with everything that a run does: events into a pipe that another process reads, accuracy, checkpoints on disk.
It waits between turns where it takes its next rows. It has no validation rows, for nobody else evaluates either.
"""

import trainer.no_compiler  # noqa: I001
import trainer.openmp  # noqa: F401
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.bench.turns import Turns, read_task
from trainer.training.control import Control
from trainer.training.events import EventWriter
from trainer.training.job import read_job
from trainer.training.keeper import CheckpointKeeper
from trainer.training.loop import Training
from trainer.training.resident import ResidentSplit
from trainer.training.setup import set_up


@dataclass(frozen=True, slots=True)
class CountedSplit(ResidentSplit):
    before_step: Callable[[], Any]

    def take(self, rows: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        self.before_step()
        return ResidentSplit.take(self, rows)


def main() -> None:
    task = read_task()
    setup = set_up(read_job(Path(task["job"])))
    on_gpu = setup.arithmetic.device == "cuda"
    turns = Turns(task["num_steps"], settle=torch.cuda.synchronize if on_gpu else lambda: None)
    control = Control()

    def before_step() -> None:
        if not turns.step():
            control.requested = "cancel"

    train = setup.splits["train"]
    setup.splits = {
        "train": CountedSplit(train.inputs, train.targets, train.transforms, train.num_rows, train.device, before_step),
        "val": replace(setup.splits["val"], num_rows=0),
        "test": replace(setup.splits["test"], num_rows=0),
    }
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as reader:
        assert reader.stdin is not None
        events = EventWriter(reader.stdin.fileno())
        keeper = CheckpointKeeper(setup.job.checkpoints, events.write, keep=3, prune=True)
        end = Training(setup, events.write, control, keeper).run()
        events.close()
    assert end["status"] == "cancelled", end


if __name__ == "__main__":
    main()
