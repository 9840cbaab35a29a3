"""Curves from the log: rewinds applied, each step once, thinned out with minima and maxima kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from builder.runs.log import Event


@dataclass(slots=True)
class Curve:
    """One named series: strictly increasing steps and a value each."""

    steps: list[int] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)

    def rewind(self, step: int) -> None:
        """Drop what came after `step`."""
        keep = int(np.searchsorted(np.asarray(self.steps), step, side="right"))
        del self.steps[keep:], self.values[keep:]


@dataclass(slots=True)
class Course:
    """What a log says in the end: a curve a name, and the epochs."""

    curves: dict[str, Curve] = field(default_factory=dict)
    epochs: list[Event] = field(default_factory=list)
    last_seq: int = 0


def read_course(events: Iterable[Event], names: Sequence[str] = ()) -> Course:
    """Fold a log. `names` picks curves; none picks all. `val/...` of the epochs are curves too, a point an epoch."""
    course = Course()
    for event in events:
        course.last_seq = event["seq"]
        match event["type"]:
            case "point":
                for name, values in event["values"].items():
                    if not names or name in names:
                        curve = course.curves.setdefault(name, Curve())
                        curve.steps.extend(range(event["step"], event["step"] + len(values)))
                        curve.values.extend(values)
            case "epoch":
                course.epochs.append(event)
                for name, value in event["values"].items():
                    if name.startswith("val/") and (not names or name in names):
                        curve = course.curves.setdefault(name, Curve())
                        curve.steps.append(event["step"])
                        curve.values.append(value)
            case "rewind":
                for curve in course.curves.values():
                    curve.rewind(event["step"])
                course.epochs = [epoch for epoch in course.epochs if epoch["step"] <= event["step"]]
    return course


def decimated(curve: Curve, num_points: int) -> Curve:
    """At most about `num_points` of the curve: first, last, and minimum and maximum of each stretch between."""
    length = len(curve.steps)
    if length <= num_points:
        return curve
    values = np.array(curve.values, dtype=np.float64)  # None becomes NaN
    edges = np.linspace(0, length, max(1, num_points // 2) + 1, dtype=np.int64)
    low, high = np.where(np.isnan(values), np.inf, values), np.where(np.isnan(values), -np.inf, values)
    picked = {0, length - 1}
    for start, end in pairwise(edges):
        picked.add(int(start + low[start:end].argmin()))
        picked.add(int(start + high[start:end].argmax()))
    order = sorted(picked)
    return Curve([curve.steps[index] for index in order], [curve.values[index] for index in order])
