"""The memory that a run needs, beside what a slot has room for."""

from dataclasses import dataclass

from django.db.models import Q

from builder.runs.models import Run


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that a run could take in a slot: of the machine, and of the slot's GPU where it has one."""

    cpu_bytes: int
    gpu_bytes: int | None = None

    def fits(self) -> Q:
        """The runs that it holds. One whose need could not be told fits everywhere."""
        on_cpu = Q(memory_bytes__isnull=True) | Q(memory_bytes__lte=self.cpu_bytes)
        if self.gpu_bytes is None:
            return on_cpu
        return Q(gpu_memory_bytes__lte=self.gpu_bytes) | (Q(gpu_memory_bytes__isnull=True) & on_cpu)


def needed_bytes(run: Run, kind: str) -> int | None:
    """What `run` takes of a device of this kind, as far as that was estimated."""
    return run.memory_bytes if kind == "cpu" or run.gpu_memory_bytes is None else run.gpu_memory_bytes
