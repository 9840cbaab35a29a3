"""How a run that several processes share is laid out in memory: what each of them has, and what they have together.

n processes in all, some of them on one machine. The one that leads stores the run, and has the copies for it.
"""

from dataclasses import dataclass
from typing import Final, Literal, Self

from trainer.training.config import RunConfig
from trainer.training.memory.step import StepMemory
from trainer.training.parallel.shares import BUCKET_BYTES

PROCESS_BYTES: Final = 300 * 1024**2  # what Python and torch take in one before the first tensor
GATHERED: Final = 3  # times the largest part of a divided network that is whole: computing, coming, and as it came
GIVEN: Final = 2  # times that of its gradients: as they come about, and as they go to the others


@dataclass(frozen=True, slots=True)
class Sharing:
    """`processes` in all, of which `here` share the memory that is looked at, each with `process_bytes` before its
    first tensor; with `divides` each has a part of the network."""

    processes: int = 1
    here: int = 1
    divides: bool = False
    process_bytes: int = 0

    @classmethod
    def of(cls, config: RunConfig, kind: Literal["cpu", "cuda"]) -> Self:
        """On a GPU each process has one of its own. Where the settings leave their number open, it is the least."""
        parallel = config.parallel
        if parallel is None:
            return cls()
        here, process_bytes = (parallel.processes or 1, PROCESS_BYTES) if kind == "cpu" else (1, 0)
        divides = parallel.kind == "sharded"
        return cls(parallel.least_processes, here, divides=divides, process_bytes=process_bytes)

    def rows(self, num_rows: int) -> int:
        """The most rows of a batch that one process takes."""
        return -(-num_rows // self.processes)

    def part(self, num_bytes: float) -> int:
        """What a process has of something that is divided with the network."""
        return round(num_bytes / self.processes) if self.divides else round(num_bytes)

    def own_bytes(self, gradients: float) -> int:
        """What a process takes for itself, and for a message of the gradients and what comes back."""
        message = 2 * round(min(gradients, BUCKET_BYTES)) if self.processes > 1 else 0
        return self.process_bytes + message

    def spared(self, step: StepMemory, *, gradients: float) -> float:
        """What a process does not have of the weights and `gradients` of a moment, as it has only a part of them.

        What computes is whole meanwhile: the parts that are put together on their own, and what is left beside them.
        """
        if not self.divides:
            return 0.0
        left, largest = step.weights - sum(step.units), max(step.units, default=0)
        whole = left + GATHERED * largest
        if gradients:
            whole += left + GIVEN * largest
        total = step.weights + gradients
        return max(0.0, total - self.part(total) - whole)
