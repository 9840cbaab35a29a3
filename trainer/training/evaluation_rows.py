"""How many rows an evaluation takes at a time. Torch-free."""

from typing import Final

MAX_ROWS: Final = 1024
MAX_BYTES: Final = 128 * 1024**2


def evaluation_rows(batch_size: int, activation_bytes: int, *, trains_on_all: bool = False) -> int:
    """Rows at a time: more than a batch where a row needs little, so that an evaluation is not what memory ends at.

    `activation_bytes` are those of a row in training, more than it needs here. A run that `trains_on_all` rows at once
    does not measure its evaluation by that.
    """
    many = max(1, min(MAX_ROWS, MAX_BYTES // max(1, activation_bytes)))
    return many if trains_on_all else max(batch_size, many)
