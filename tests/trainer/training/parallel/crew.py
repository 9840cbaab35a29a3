"""Two processes that train together, this one and another that waits for jobs: started once for many runs."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from tests.trainer.training.jobs import Trained
from trainer.training.control import Control
from trainer.training.course import take_course
from trainer.training.job import read_job
from trainer.training.parallel.found import found_team

PATIENCE = timedelta(seconds=120)


def join(meeting: Path, rank: int) -> None:
    """Make torch's process group of the two."""
    if "GLOO_SOCKET_IFNAME" not in os.environ:
        os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2, timeout=PATIENCE)


def help_out(meeting: Path, jobs: Connection) -> None:
    """The life of the other process: one job after the other, until there is none any more."""
    torch.set_num_threads(1)
    join(meeting, 1)
    while (directory := jobs.recv()) is not None:
        job = read_job(directory)
        take_course(job, lambda _: None, Control(), found_team(job.config), prune=False)
    dist.destroy_process_group()


class Crew:
    def __init__(self, jobs: Connection) -> None:
        self._jobs = jobs

    def train(self, directory: Path, control: Control | None = None) -> Trained:
        """Train a job directory to its end, in both processes."""
        events: list[dict[str, Any]] = []

        def emit(event: Mapping[str, Any]) -> None:
            events.append(json.loads(json.dumps(event)))

        self._jobs.send(directory)
        job = read_job(directory)
        emit(take_course(job, emit, control or Control(), found_team(job.config), prune=False))
        return Trained(directory, events)


@contextmanager
def working_crew(folder: Path) -> Iterator[Crew]:
    context = get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    helper = context.Process(target=help_out, args=(folder / "meeting", receive), daemon=True)
    helper.start()
    join(folder / "meeting", 0)
    try:
        yield Crew(send)
        send.send(None)
        dist.destroy_process_group()
        helper.join(30)
    finally:
        helper.kill()
