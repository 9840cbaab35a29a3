"""The rows of a split where they do not fit into memory: read from files by their numbers, a few batches ahead."""

import mmap
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import torch
from torch import Tensor

from trainer.data.prepare import TensorSplit
from trainer.data.rescale import Rescale

AHEAD: Final = 3  # batches
RELEASE_BYTES: Final = 64 << 20  # of the files' pages in memory, before they are let go
READ_BYTES: Final = 64 << 10  # of a file come into memory with a row, at least


@dataclass(slots=True)
class MappedSplit:
    """As `ResidentSplit`, but that a batch is a copy from files. Row numbers are expected on the CPU.

    Copies go to a GPU from pinned memory, so that it need not wait for them.
    """

    inputs: tuple[Tensor, ...]
    targets: tuple[Tensor, ...]
    transforms: tuple[Rescale | None, ...]
    num_rows: int
    target_device: str
    mappings: Sequence[mmap.mmap]
    device: str = "cpu"
    num_read_bytes: int = field(default=0, init=False)

    @classmethod
    def place(cls, split: TensorSplit, inputs: Sequence[str], outputs: Sequence[str], device: str) -> Self:
        transforms = [split.transforms.get(name) for name in inputs]
        return cls(
            inputs=tuple(split.inputs[name] for name in inputs),
            targets=tuple(split.targets[name] for name in outputs),
            transforms=tuple(transform and transform.to(device) for transform in transforms),
            num_rows=split.num_rows,
            target_device=device,
            mappings=split.mappings,
        )

    def take(self, rows: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The inputs and targets of `rows`, int64 `[B]`, each `[B, ...]`."""
        return self._give(self._read(rows))

    def batches(self, batches: Iterable[Tensor]) -> Iterator[tuple[list[Tensor], list[Tensor]]]:
        """What `take` gives of each of `batches`, in their order; a thread reads while the network computes."""
        waiting: deque[Future[list[Tensor]]] = deque()
        with ThreadPoolExecutor(1, thread_name_prefix="rows") as thread:
            for rows in batches:
                waiting.append(thread.submit(self._read, rows))
                if len(waiting) > AHEAD:
                    yield self._give(waiting.popleft().result())
            while waiting:
                yield self._give(waiting.popleft().result())

    def slice(self, start: int, stop: int) -> tuple[list[Tensor], list[Tensor]]:
        """Neighbouring rows."""
        return self.take(torch.arange(start, min(stop, self.num_rows)))

    def _read(self, rows: Tensor) -> list[Tensor]:
        """Inputs and then targets, copied from the files; by NumPy, which leaves torch's threads to the network."""
        copies = [
            torch.empty((len(rows), *tensor.shape[1:]), dtype=tensor.dtype, pin_memory=self.target_device != "cpu")
            for tensor in (*self.inputs, *self.targets)
        ]
        for tensor, copy in zip((*self.inputs, *self.targets), copies, strict=True):
            np.take(tensor.numpy(), rows.numpy(), axis=0, out=copy.numpy(), mode="clip")
        self._let_go(len(rows), copies)
        return copies

    def _give(self, copies: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        moved = [copy.to(self.target_device, non_blocking=True) for copy in copies]
        inputs = [
            tensor if transform is None else transform(tensor)
            for tensor, transform in zip(moved[: len(self.inputs)], self.transforms, strict=True)
        ]
        return inputs, moved[len(self.inputs) :]

    def _let_go(self, num_rows: int, copies: Sequence[Tensor]) -> None:
        """Give read pages back to the system, which keeps them as long as it has nothing better to do with the room."""
        self.num_read_bytes += sum(max(copy.nbytes, num_rows * READ_BYTES) for copy in copies)
        if self.num_read_bytes > RELEASE_BYTES:
            for mapping in self.mappings:
                mapping.madvise(mmap.MADV_DONTNEED)
            self.num_read_bytes = 0
