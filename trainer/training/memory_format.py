"""Whether the images of a network lie channel by channel or pixel by pixel: timed before the first step of a run.

Convolutions are often faster pixel by pixel (`channels_last`), other layers are not. The bits of a result depend on it,
and so a run that goes on keeps what it began with.
"""

import copy
import time
from collections.abc import Callable
from typing import Final, Literal

import torch
from torch import Tensor, nn

from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.arithmetic import Arithmetic
from trainer.training.job import Job

MemoryFormat = Literal["contiguous", "channels_last"]
Loss = Callable[[nn.Module, int], Tensor]  # of a network, over its first so many rows

FORMATS: Final = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
CONVOLUTIONS: Final = (nn.Conv2d, nn.ConvTranspose2d)
WORTH_IT: Final = 0.95  # of the time, at most: what differs less may be chance
STEP_SECONDS: Final = 0.012  # of a step that is timed, about
NUM_TIMED: Final = 3  # steps of each format
LONG_ENOUGH: Final = 300  # steps of a run that wins the probe back
MAX_BYTES: Final = 512 * 1024**2  # of the weights that are copied for it


def can_choose(job: Job, arithmetic: Arithmetic, network: nn.Module, *, num_steps: int) -> bool:
    """Whether the memory format of a run is open, and long enough a run for that it matters.

    Optimizers without a fused step may want their weights in plain order; processes of one run, or a run that takes
    over another's optimizer, do not choose each for itself.
    """
    is_open = job.frozen is None and not arithmetic.deterministic and arithmetic.processes == 1 and job.carry != "all"
    return (
        is_open
        and num_steps >= LONG_ENOUGH
        and OPTIMIZERS[job.config.optimizer.type].has_fused
        and any(isinstance(part, CONVOLUTIONS) for part in network.modules())
        and sum(parameter.nbytes for parameter in network.parameters()) <= MAX_BYTES
    )


def choose_format(network: nn.Module, loss: Loss, *, batch_size: int, device: str) -> MemoryFormat:
    """The faster one for steps over few enough rows; network and random states stay as they are."""
    with torch.random.fork_rng(devices=[] if device == "cpu" else [device]):
        plain = _Timed(network, "contiguous", loss, device)
        num_rows = plain.rows_within(STEP_SECONDS, batch_size)
        try:
            other = _Timed(network, "channels_last", loss, device)
            other.step(num_rows)
        except RuntimeError:  # a layer looks at neighbors that lie elsewhere then; plainly it has just worked
            return "contiguous"
        plain.step(num_rows)
        times = [(plain.step(num_rows), other.step(num_rows)) for _ in range(NUM_TIMED)]
    best_plain, best_other = (min(column) for column in zip(*times, strict=True))
    return "channels_last" if best_other <= WORTH_IT * best_plain else "contiguous"


def lay_out(network: nn.Module, memory_format: str) -> None:
    """Have the images of `network` lie so from here on."""
    network.to(memory_format=FORMATS[memory_format])  # type: ignore[call-overload]


class _Timed:
    """A copy of a network in one format."""

    def __init__(self, network: nn.Module, memory_format: MemoryFormat, loss: Loss, device: str) -> None:
        self._network = copy.deepcopy(network).train()
        lay_out(self._network, memory_format)
        self._loss = loss
        self._device = device

    def step(self, num_rows: int) -> float:
        """Seconds for the way forth and back: of a processor, which does not count what other programs take of it."""
        clock = time.process_time if self._device == "cpu" else time.perf_counter
        began = clock()
        self._loss(self._network, num_rows).backward()  # type: ignore[no-untyped-call]
        if self._device != "cpu":
            torch.cuda.synchronize(self._device)
        for parameter in self._network.parameters():
            parameter.grad = None
        return clock() - began

    def rows_within(self, seconds: float, most: int) -> int:
        """How many rows go in so many seconds, by the time that a few take; the first step loads what it needs."""
        few = min(2, most)
        self.step(few)
        return max(few, min(most, round(few * seconds / self.step(few))))
