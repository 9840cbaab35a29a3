"""The highest of many lines, whichever it is at a batch size."""

from random import Random

from trainer.training.memory.lines import Line, Peak


def test_peak_is_the_highest_line_at_every_batch_size() -> None:
    random = Random(4)
    for _ in range(200):
        lines = [Line(random.randint(-5, 20), random.randint(0, 200)) for _ in range(random.randint(1, 12))]
        peak = Peak.of(lines)
        for size in range(1, 60):
            assert abs(peak.at(size) - max(line.at(size) for line in lines)) < 1e-6
        assert len(peak.lines) <= len(lines)


def test_each_moment_has_its_own_line() -> None:
    """At a batch of 2 the second moment is the highest, at 4 the first one is, and it stays so."""
    peak = Peak.through((2, 4), ([20, 30], [40, 34]))
    assert [peak.at(size) for size in (1, 2, 4, 10)] == [28, 30, 40, 100]


def test_moments_that_differ_in_number_leave_a_line_through_the_peaks() -> None:
    assert Peak.through((2, 4), ([5, 20], [5, 40, 6])).at(8) == 80
