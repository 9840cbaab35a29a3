"""One run from its job directory to its `end` event, whoever started it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import trainer.messages.training  # noqa: F401
from trainer.training.control import Control
from trainer.training.events import Event
from trainer.training.failures import describe_failure
from trainer.training.job import Job, read_job, resume_newest
from trainer.training.loop import Training
from trainer.training.setup import Setup, set_up

GOES_ON = ("paused", "handed_back")


def train_job(directory: Path, emit: Callable[[Event], None], control: Control, *, alone: bool = False) -> str:
    """Train the job in `directory`, telling `emit`; the last event is `end`. Returns its status.

    Whatever is raised ends the run as failed and is told. A run that is `alone`, with nobody to look after its
    checkpoints, goes on from its newest one by itself, and removes those that are neither the newest nor the best.
    Encoded rows in its directory are kept while it may go on there.
    """
    job: Job | None = None
    setup: Setup | None = None
    try:
        job = resume_newest(read_job(directory)) if alone else read_job(directory)
        setup = set_up(job)
        end = Training(setup, emit, control, prune=alone).run()
    except Exception as error:
        end = {
            "type": "end",
            "status": "failed",
            "test": None,
            "error": describe_failure(
                error,
                network=setup.compiled.network if setup else None,
                graph=job.graph if job else {},
                device=setup.arithmetic.device if setup else "cpu",
            ),
        }
    if job is not None and end["status"] not in GOES_ON:
        shutil.rmtree(job.data, ignore_errors=True)
    emit(end)
    return str(end["status"])
