"""Which rows of a batch each process takes. Torch-free."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

BUCKET_BYTES: Final = 32 * 1024**2  # of a message of gradients, about


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows `start` to `stop` of those here, which go through the network together; the first `num_own` count.

    That of a process with no rows of its own is a row that others have, and counts nothing: it goes through the network
    all the same, for all processes have to.
    """

    start: int
    stop: int
    num_own: int

    @property
    def rows(self) -> slice:
        return slice(self.start, self.stop)


def share(num_rows: int, *, size: int, rank: int, least: int = 1) -> tuple[int, int]:
    """From which row to which process `rank` of `size` takes a batch: neighbours, as evenly as it goes.

    Each takes `least` rows or none; the first ones come first.
    """
    num_taking = max(1, min(size, num_rows // least))
    if rank >= num_taking:
        return num_rows, num_rows
    return rank * num_rows // num_taking, (rank + 1) * num_rows // num_taking


def pieces(counts: Sequence[int], *, rank: int, at_once: int, least: int = 1) -> list[Piece]:
    """How process `rank` takes its rows, about `at_once` together: in as many pieces as each of the others.

    `counts` are the rows of all processes, and `least` go together at least.
    """
    number = min(-(-max(counts) // at_once), max(1, min(count for count in counts if count) // least))
    own = counts[rank]
    if not own:
        return [Piece(0, 1, 0)] * number
    bounds = [place * own // number for place in range(number + 1)]
    return [Piece(start, stop, stop - start) for start, stop in pairwise(bounds)]
