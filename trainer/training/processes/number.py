"""How many processes of a run there are on the machine that it starts on."""

import os

import torch

from trainer.errors import UserError
from trainer.training.job import Job


def num_processes(job: Job) -> int:
    """As many as the settings ask for, or were fixed when the run first started, as far as there are devices.

    On the CPU each takes a core. Raises UserError `training.parallel_devices`, and `training.no_meeting` where the job
    is not that of one of so many machines.
    """
    parallel = job.config.parallel
    machines, meeting = (parallel.machines if parallel else 1), (job.meeting.machines if job.meeting else 1)
    if machines != meeting:
        raise UserError("training.no_meeting", path="config.parallel.machines", received=meeting, expected=machines)
    if parallel is None:
        return 1
    on_gpu = job.config.device != "cpu" and torch.cuda.is_available()
    available = torch.cuda.device_count() if on_gpu else _num_cores()
    if job.frozen is not None:
        before = int(job.frozen.get("processes", 1)) // machines
        return min(before, available) if on_gpu else before
    if parallel.processes is None:
        return available if on_gpu else 1
    if parallel.processes > available:
        raise UserError(
            "training.parallel_devices",
            path="config.parallel.processes",
            received=parallel.processes,
            expected=available,
        )
    return parallel.processes


def _num_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
