"""Bytes as they grow with the batch: straight lines, and the highest of them at a batch size. Torch-free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """`per_sample` bytes for each row of a batch, and `constant` bytes besides."""

    per_sample: float
    constant: float

    @classmethod
    def through(cls, sizes: tuple[int, int], values: tuple[float, float]) -> Self:
        """The line that has these two values at these two batch sizes."""
        per_sample = (values[1] - values[0]) / (sizes[1] - sizes[0])
        return cls(per_sample, values[0] - per_sample * sizes[0])

    def at(self, batch_size: float) -> float:
        return self.constant + self.per_sample * batch_size


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest of some lines at each batch size from 1 on: what is needed at the worst moment, whichever it is."""

    lines: tuple[Line, ...]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Self:
        """Only lines that are the highest somewhere are kept."""
        hull: list[Line] = []
        for line in sorted(lines):
            if hull and line.per_sample == hull[-1].per_sample:
                hull.pop()
            while hull and line.at(1) >= hull[-1].at(1):
                hull.pop()
            while len(hull) > 1 and _crossing(hull[-2], line) <= _crossing(hull[-2], hull[-1]):
                hull.pop()
            hull.append(line)
        return cls(tuple(hull))

    @classmethod
    def through(cls, sizes: tuple[int, int], marks: tuple[Sequence[int], Sequence[int]]) -> Self:
        """A line for each moment, from what it held at two batch sizes.

        Where there are not as many moments at one as at the other, one line goes through the two peaks.
        """
        one, other = marks
        if len(one) != len(other):
            one, other = [max(one, default=0)], [max(other, default=0)]
        return cls.of(Line.through(sizes, pair) for pair in set(zip(one, other, strict=True)))

    def at(self, batch_size: float) -> float:
        return max((line.at(batch_size) for line in self.lines), default=0.0)


def _crossing(flat: Line, steep: Line) -> float:
    """The batch size from which on `steep` is the higher one."""
    return (flat.constant - steep.constant) / (steep.per_sample - flat.per_sample)
