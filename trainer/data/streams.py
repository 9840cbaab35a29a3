"""The texts of a column one after the other, as one row of tokens a split. Torch-free."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from trainer.data.inputs.text import TextEncoder
from trainer.data.version import VersionReader

TEXTS_AT_ONCE: Final = 10_000


def num_windows(tokens: np.ndarray, length: int) -> int:
    """How many windows of `length` there are, each with what follows its last token."""
    return max(0, len(tokens) - 1) // length


def token_streams(encoder: TextEncoder, reader: VersionReader, rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """int32 [tokens] by split: the texts of its `rows` (rising) in the order of the version, an end after each."""
    (column,) = encoder.columns
    parts: dict[str, list[np.ndarray]] = {split: [] for split in rows}
    for start in range(0, len(reader.split), TEXTS_AT_ONCE):
        stop = min(start + TEXTS_AT_ONCE, len(reader.split))
        texts = reader.table_rows([column], start, stop)[column]
        for split, index in rows.items():
            low, high = np.searchsorted(index, (start, stop))
            parts[split].append(encoder.stream(texts[index[low:high] - start]))
    return {split: np.concatenate(found) for split, found in parts.items()}
