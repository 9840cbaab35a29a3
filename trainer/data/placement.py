"""Where the encoded rows of a run lie: in memory, training pictures as floats; with all pictures as bytes; or in files.

Pictures that are not trained on are read once an epoch and stay bytes wherever they lie.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import psutil

MAX_FLOAT_BYTES: Final = 2 << 30
RESIDENT_SHARE: Final = 4  # of a machine's memory a data set may take a quarter, where nobody says otherwise
BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class RowSize:
    """One encoded row: the numbers of each picture, and the bytes of all else."""

    pictures: tuple[int, ...]
    other_bytes: int

    @property
    def stored_bytes(self) -> int:
        """With a byte for each number of a picture, as it lies in files."""
        return sum(self.pictures) + self.other_bytes

    @property
    def block_rows(self) -> int:
        """How many neighbours are read together from a file, and so are shuffled together."""
        return max(1, BLOCK_BYTES // max(1, self.stored_bytes))


@dataclass(frozen=True, slots=True)
class Placement:
    """Pictures to train on are floats up to `max_float_bytes`, else bytes. `num_bytes` are those held in memory."""

    is_mapped: bool
    max_float_bytes: int
    num_bytes: int

    def keeps_floats(self, split: str, num_bytes: int) -> bool:
        """Whether pictures of a split, `num_bytes` as floats, are kept as such."""
        return _keeps_floats(split, num_bytes, self.max_float_bytes)


def place_rows(
    row: RowSize, num_rows: Mapping[str, int], *, resident_bytes: int, max_float_bytes: int = MAX_FLOAT_BYTES
) -> Placement:
    """For splits of `num_rows`, of which at most `resident_bytes` are to be held in memory."""
    for limit in (max_float_bytes, 0):
        held = sum(_held_bytes(row, split, count, limit) for split, count in num_rows.items())
        if held <= resident_bytes:
            return Placement(False, limit, held)
    return Placement(True, 0, 0)


def default_resident_bytes(total_bytes: int | None = None) -> int:
    """What a data set may take of a machine or a GPU with `total_bytes`, by default of this machine."""
    return (psutil.virtual_memory().total if total_bytes is None else total_bytes) // RESIDENT_SHARE


def _held_bytes(row: RowSize, split: str, num_rows: int, max_float_bytes: int) -> int:
    pictures = [num_rows * numbers for numbers in row.pictures]
    held = (size * 4 if _keeps_floats(split, size * 4, max_float_bytes) else size for size in pictures)
    return num_rows * row.other_bytes + sum(held)


def _keeps_floats(split: str, num_bytes: int, max_float_bytes: int) -> bool:
    return split == "train" and num_bytes <= max_float_bytes
