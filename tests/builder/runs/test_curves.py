import math

import pytest

from builder.runs.curves import Curve, decimated, read_course


def log_of(*events: dict) -> list[dict]:
    return [{"seq": seq, "time": "2026-01-01T00:00:00Z", **event} for seq, event in enumerate(events, start=1)]


def point(step: int, *losses: float) -> dict:
    return {"type": "point", "step": step, "values": {"train/loss": list(losses), "rate": [0.1] * len(losses)}}


def epoch(number: int, step: int, loss: float) -> dict:
    return {"type": "epoch", "epoch": number, "step": step, "values": {"train/loss": 1.0, "val/loss": loss}}


def test_points_become_curves_with_a_value_a_step():
    course = read_course(log_of(point(1, 0.5, 0.4), point(3, 0.3)))
    assert course.curves["train/loss"] == Curve([1, 2, 3], [0.5, 0.4, 0.3])
    assert course.last_seq == 2


def test_what_a_rewind_took_back_is_in_no_curve_and_each_step_is_there_once():
    course = read_course(
        log_of(
            point(1, 0.5, 0.4),
            epoch(1, 2, 0.45),
            point(3, 0.3, 0.2),
            epoch(2, 4, 0.25),
            {"type": "rewind", "step": 2},
            point(3, 0.31, 0.21),
            epoch(2, 4, 0.26),
        )
    )
    assert course.curves["train/loss"] == Curve([1, 2, 3, 4], [0.5, 0.4, 0.31, 0.21])
    assert course.curves["val/loss"] == Curve([2, 4], [0.45, 0.26])
    assert [e["values"]["val/loss"] for e in course.epochs] == [0.45, 0.26]


def test_only_the_named_curves_are_read():
    course = read_course(log_of(point(1, 0.5), epoch(1, 1, 0.4)), ["val/loss"])
    assert list(course.curves) == ["val/loss"]


@pytest.mark.parametrize("num_points", [2, 10, 101, 1000])
def test_a_long_curve_keeps_its_extremes_in_every_stretch_and_its_ends(num_points):
    values = [math.sin(index / 37) + (9 if index == 61_803 else 0) for index in range(100_000)]
    curve = decimated(Curve(list(range(1, 100_001)), values), num_points)
    assert len(curve.steps) <= num_points + 2
    assert curve.steps == sorted(set(curve.steps))
    assert (curve.steps[0], curve.steps[-1]) == (1, 100_000)
    assert max(curve.values) == max(values)
    assert min(curve.values) == min(values)
    assert all(values[step - 1] == value for step, value in zip(curve.steps, curve.values, strict=True))


def test_values_that_are_missing_do_not_hide_the_others():
    values = [None if index % 3 else float(index) for index in range(1000)]
    curve = decimated(Curve(list(range(1000)), values), 10)
    assert 999.0 in curve.values


def test_a_short_curve_is_left_as_it_is():
    curve = Curve([1, 2], [0.5, None])
    assert decimated(curve, 2) is curve
