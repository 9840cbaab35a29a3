"""The order of the training rows in one epoch: it depends on the seed and the epoch alone.

Rows in memory are shuffled one by one. Of rows on a disk, blocks of neighbours are shuffled, and then the rows of some
blocks at a time among themselves, so that what is read soon lies close together.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import torch
from torch import Tensor

WINDOW_BLOCKS: Final = 64  # blocks whose rows are shuffled among themselves


def epoch_batches(
    num_rows: int, batch_size: int, *, seed: int, epoch: int, block_rows: int = 0, first: int = 0, device: str = "cpu"
) -> Iterator[Tensor]:
    """The rows of each batch from number `first` on, int64 `[B]`; one by one where a block has no rows."""
    if not block_rows:
        return iter(torch.split(epoch_order(num_rows, seed=seed, epoch=epoch).to(device), batch_size)[first:])
    windows = shuffled_windows(num_rows, block_rows, seed=seed, epoch=epoch)
    return (rows.to(device) for rows in islice(_cut(windows, batch_size), first, None))


def epoch_order(num_rows: int, *, seed: int, epoch: int) -> Tensor:
    """All rows, shuffled one by one, int64 `[num_rows]`."""
    return torch.randperm(num_rows, generator=_generator(seed, epoch))


def shuffled_windows(num_rows: int, block_rows: int, *, seed: int, epoch: int) -> Iterator[Tensor]:
    """The same in blocks, int64 `[up to WINDOW_BLOCKS * block_rows]` at a time."""
    generator = _generator(seed, epoch)
    blocks = torch.randperm(-(-num_rows // block_rows), generator=generator)
    for some in torch.split(blocks, WINDOW_BLOCKS):
        rows = (some[:, None] * block_rows + torch.arange(block_rows)).flatten()
        rows = rows[rows < num_rows]
        yield rows[torch.randperm(len(rows), generator=generator)]


def _cut(windows: Iterable[Tensor], size: int) -> Iterator[Tensor]:
    """The same rows in batches."""
    waiting: list[Tensor] = []
    num_waiting = 0
    for window in windows:
        waiting.append(window)
        num_waiting += len(window)
        if num_waiting > size:
            *whole, rest = torch.split(torch.cat(waiting), size)
            yield from whole
            waiting, num_waiting = [rest], len(rest)
    yield torch.cat(waiting)


def _generator(seed: int, epoch: int) -> torch.Generator:
    generator = torch.Generator()
    generator.manual_seed((seed * 1_000_003 + epoch) % 2**63)
    return generator
