"""One run from its job directory to its `end` event, whoever started it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import trainer.messages.training  # noqa: F401
from trainer.training.control import Control
from trainer.training.course import failed_end, take_course
from trainer.training.events import Event
from trainer.training.job import Job, read_job, resume_newest
from trainer.training.parallel.alone import Alone
from trainer.training.processes.number import num_processes

DIED = "died"
GOES_ON = ("paused", "handed_back")


def train_job(directory: Path, emit: Callable[[Event], None], control: Control, *, alone: bool = False) -> str:
    """Train the job in `directory`, telling `emit`; the last event is `end`. Returns its status.

    Whatever is raised ends the run as failed and is told. Where a process of a run of several was killed there is no
    `end`, for the run can go on from its newest checkpoint; the status is then "died".

    A run that is `alone`, with nobody to look after its checkpoints, goes on from its newest one by itself, and removes
    those that are neither the newest nor the best. Encoded rows in its directory are kept while it may go on there.
    """
    job: Job | None = None
    end: Event | None
    try:
        job = resume_newest(read_job(directory)) if alone else read_job(directory)
        number = num_processes(job)
        if number == 1 and job.meeting is None:
            end = take_course(job, emit, control, Alone(), prune=alone)
        else:
            # Not before it is needed: torch's launcher and what shards a network take seconds to import.
            from trainer.training.processes.launch import train_together  # noqa: PLC0415

            end = train_together(job, emit, control, number=number, alone=alone)
    except Exception as error:
        end = failed_end(error, job=job)
    if end is None:
        return DIED
    if job is not None and end["status"] not in GOES_ON:
        shutil.rmtree(job.data, ignore_errors=True)
    emit(end)
    return str(end["status"])
