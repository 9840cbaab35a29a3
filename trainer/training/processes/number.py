"""How many processes a run is shared out among, on the machine that it starts on."""

import os

import torch

from trainer.errors import UserError
from trainer.training.job import Job


def num_processes(job: Job) -> int:
    """As many as the settings ask for, or were fixed when the run first started, as far as there are devices.

    On the CPU each takes a core. Raises UserError `training.parallel_devices`.
    """
    parallel = job.config.parallel
    if parallel is None:
        return 1
    on_gpu = job.config.device != "cpu" and torch.cuda.is_available()
    available = torch.cuda.device_count() if on_gpu else _num_cores()
    if job.frozen is not None:
        before = int(job.frozen.get("processes", 1))
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
