"""One process of a run that several share: joins the others, trains with them, and tells what it is that tells."""

import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import torch
import torch.distributed as dist

import trainer.messages.training  # noqa: F401
from trainer.training.control import EXIT_PARENT_GONE, Control
from trainer.training.course import failed_end, take_course
from trainer.training.events import EventWriter
from trainer.training.job import read_job, resume_newest
from trainer.training.parallel.alone import LostProcess
from trainer.training.parallel.found import found_team
from trainer.training.parallel.team import tells_loss

SILENCE: Final = timedelta(minutes=10)  # of a process that is there and does not answer


@dataclass(frozen=True)
class Task:
    """What a process is given: the job, where all meet, and its own ends of the wires to the one that started it."""

    directory: Path
    alone: bool
    address: str  # for torch's process group
    commands: Sequence[Connection]
    events: Sequence[Connection]


def serve(task: Task) -> None:
    """The whole life of a process that torch's launcher started; which one it is stands in the environment."""
    place = int(os.environ["LOCAL_RANK"])
    control = Control()
    listening = (control, task.commands[place])
    threading.Thread(target=_listen, args=listening, name="commands", daemon=True).start()
    writer = EventWriter(task.events[place].fileno(), on_lost=lambda _: os._exit(EXIT_PARENT_GONE))
    try:
        _join(task.address, place)
        job = read_job(task.directory)
        job = resume_newest(job) if task.alone else job
        team = found_team(job.config)
        end = take_course(job, writer.write, control, team, prune=task.alone)
    except LostProcess:
        sys.exit(1)
    except Exception as error:
        end = failed_end(error)
    if end["status"] == "failed" or place == 0:  # the first one on each machine; of one machine, that is who leads
        writer.write(end)
    writer.close()
    if end["status"] == "failed":  # the launcher then ends those that wait for this one
        sys.exit(1)
    dist.destroy_process_group()


def _join(address: str, place: int) -> None:
    """Make torch's process group: its messages go between GPUs where there are some, and beside them over gloo.

    Raises LostProcess where another one does not come.
    """
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    backend = "cpu:gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(place)
        backend += ",cuda:nccl"
    try:
        dist.init_process_group(backend, init_method=address, rank=rank, world_size=size, timeout=SILENCE)
    except Exception as error:
        if tells_loss(error):
            raise LostProcess from error
        raise


def _listen(control: Control, commands: Connection) -> None:
    """Take requests until the wire ends: then the parent is gone, and so is the run."""
    try:
        while True:
            control.requested = commands.recv()
    except (EOFError, OSError):
        os._exit(EXIT_PARENT_GONE)
