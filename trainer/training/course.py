"""The course of a run in one process, from its job to its `end` event."""

from collections.abc import Callable
from typing import Any

from trainer.training.control import Control
from trainer.training.events import Event
from trainer.training.failures import describe_failure
from trainer.training.job import Job
from trainer.training.keeper import CheckpointKeeper, NoKeeper
from trainer.training.loop import Training
from trainer.training.parallel.alone import Alone
from trainer.training.setup import Setup, set_up


def take_course(job: Job, emit: Callable[[Event], None], control: Control, team: Alone, *, prune: bool) -> Event:
    """Train `job` as one of `team`. Returns the `end` event; whatever is raised ends the run as failed.

    The process that leads tells `emit` and stores checkpoints, and with `prune` removes those that are neither the
    newest nor the best. Raises LostProcess where another process of the team is gone.
    """
    setup: Setup | None = None
    try:
        setup = set_up(job, team)
        told = emit if team.leads else _not_told
        keep = job.config.checkpoint.keep
        keeper = CheckpointKeeper(job.checkpoints, emit, keep=keep, prune=prune) if team.leads else NoKeeper()
        return Training(setup, told, control, keeper).run()
    except Exception as error:
        team.notice_loss(error)
        return failed_end(error, job=job, setup=setup)


def failed_end(error: Exception, *, job: Job | None = None, setup: Setup | None = None) -> dict[str, Any]:
    """The `end` event of a run that `error` ended."""
    return {
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


def _not_told(event: Event) -> None:
    """What a process tells that does not lead: the one that does tells the same."""
