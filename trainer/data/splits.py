"""Which rows train, validate and test: stored with the version, seeded, the classes in proportion."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from trainer.errors import UserError

SPLITS = ("train", "val", "test")
TRAIN, VAL, TEST = range(3)
MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SplitSettings:
    """Shares of the rows; with `own_test` the data set brought its own test rows, and `val` is a share of the rest."""

    val: float = 0.1
    test: float = 0.1
    seed: int = 0
    own_test: bool = False

    def __post_init__(self) -> None:
        for name in ("val", "test"):
            share = getattr(self, name)
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0.01 <= share <= 0.5:
                raise UserError("data.split_share", path=name, received=repr(share)[:40])
        if self.val + self.test > 0.8:
            raise UserError("data.split_rest", path="val", received=f"{self.val + self.test:g}")
        if type(self.seed) is not int or not 0 <= self.seed <= MAX_SEED:
            raise UserError("data.split_seed", path="seed", received=repr(self.seed)[:40])

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{key: data[key] for key in ("val", "test", "seed", "own_test") if key in data})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def split_rows(
    settings: SplitSettings, *, num_rows: int, classes: np.ndarray | None = None, own_test: np.ndarray | None = None
) -> np.ndarray:
    """uint8 [num_rows]: 0 train, 1 val, 2 test.

    `classes` are class indices to keep in proportion (each class trains with a row at least); `own_test` marks the test
    rows that came with the data.
    """
    split = np.zeros(num_rows, dtype=np.uint8)
    if settings.own_test and own_test is not None:
        split[own_test] = TEST
        rest = np.flatnonzero(~own_test)
        shares = {VAL: settings.val}
    else:
        rest = np.arange(num_rows)
        shares = {VAL: settings.val, TEST: settings.test}
    random = np.random.Generator(np.random.PCG64(settings.seed))
    order = random.permutation(rest)
    if classes is not None:
        order = order[np.argsort(classes[order], kind="stable")]
    starts = np.zeros(len(order), dtype=bool)
    starts[:1] = True
    if classes is not None:
        starts[1:] = classes[order][1:] != classes[order][:-1]
    position = _position_in_group(starts)
    size = np.bincount(np.cumsum(starts) - 1)[np.cumsum(starts) - 1]
    return _assign(split, order, position, size, shares)


def _assign(
    split: np.ndarray, order: np.ndarray, position: np.ndarray, size: np.ndarray, shares: Mapping[int, float]
) -> np.ndarray:
    """Give the first rows of each group to val and test, rounding so that the totals come out as well as the groups."""
    first = np.flatnonzero(position == 0)
    sizes = size[first]
    taken = np.zeros(len(first), dtype=np.int64)
    for part, share in shares.items():
        edges = np.rint(np.cumsum(sizes) * share).astype(np.int64)
        counts = np.minimum(np.diff(edges, prepend=0), sizes - taken - 1)
        low = np.repeat(taken, sizes)
        split[order[(position >= low) & (position < low + np.repeat(counts, sizes))]] = part
        taken += counts
    return split


def _position_in_group(starts: np.ndarray) -> np.ndarray:
    index = np.arange(len(starts))
    return index - np.maximum.accumulate(np.where(starts, index, 0))


def split_counts(split: np.ndarray) -> dict[str, int]:
    counts = np.bincount(split, minlength=3)
    return {name: int(counts[part]) for part, name in enumerate(SPLITS)}
