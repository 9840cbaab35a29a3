"""Metrics agree with torchmetrics, however the rows are divided into batches."""

from typing import Any

import pytest
import torch
import torchmetrics.functional as reference
from torch import Tensor

from trainer.training.metrics import TALLIES, find_measure, sums_by_batch

CUTS = [[100], [32, 32, 32, 4], [1, 99]]


def rows(task: str) -> tuple[Tensor, Tensor]:
    torch.manual_seed(4)
    if task == "classes":
        return torch.randn(100, 5), torch.randint(0, 4, (100,))  # class 4 never occurs
    if task == "labels":
        return torch.randn(100, 3), (torch.rand(100, 3) > 0.6).float()
    target = torch.randn(100, 1)
    return target + torch.randn(100, 1) * 0.3, target


def measured(metric: str, task: str, sizes: list[int]) -> float:
    measure = find_measure(metric, task, 2.5)
    assert measure is not None
    output, target = rows(task)
    return sum(sums_by_batch(measure(output, target), sizes)) / target.numel()


def tallied(metric: str, task: str, sizes: list[int]) -> float | None:
    output, target = rows(task)
    tally = TALLIES[metric, task]()
    halfway = TALLIES[metric, task]()
    for number, part in enumerate(zip(output.split(sizes), target.split(sizes), strict=True)):
        tally.update(*part)
        if number == 0:
            halfway.load(tally.state())
            tally = halfway  # as after a resume
    return tally.compute()


@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_accuracy(sizes: list[int]) -> None:
    output, target = rows("classes")
    expected = reference.accuracy(output, target, task="multiclass", num_classes=5)
    assert measured("accuracy", "classes", sizes) == pytest.approx(expected.item())
    output, target = rows("labels")
    expected = reference.accuracy(output.sigmoid(), target.long(), task="multilabel", num_labels=3)
    assert measured("accuracy", "labels", sizes) == pytest.approx(expected.item())


@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_f1(sizes: list[int]) -> None:
    output, target = rows("classes")
    expected = reference.f1_score(output, target, task="multiclass", num_classes=5, average="macro")
    assert tallied("f1", "classes", sizes) == pytest.approx(expected.item())
    output, target = rows("labels")
    expected = reference.f1_score(output.sigmoid(), target.long(), task="multilabel", num_labels=3, average="macro")
    assert tallied("f1", "labels", sizes) == pytest.approx(expected.item())


@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_errors_of_numbers(sizes: list[int]) -> None:
    output, target = rows("numbers")
    expected: Any = reference.mean_absolute_error(output, target).item()
    assert measured("mae", "numbers", sizes) == pytest.approx(expected * 2.5)
    assert tallied("r2", "numbers", sizes) == pytest.approx(reference.r2_score(output, target).item())


def test_metric_of_nothing_is_none() -> None:
    assert all(tally().compute() is None for tally in TALLIES.values())


def test_target_that_does_not_vary_has_no_r2() -> None:
    tally = TALLIES["r2", "numbers"]()
    tally.update(torch.randn(5, 1), torch.zeros(5, 1))
    assert tally.compute() is None


def test_sums_are_the_same_to_the_last_bit_however_many_batches_come_together() -> None:
    torch.manual_seed(0)
    values = torch.randn(1000, 3, dtype=torch.float64)
    together = sums_by_batch(values, [300, 300, 300, 100])
    alone = [sums_by_batch(part, [len(part)])[0] for part in values.split(300)]
    assert together == alone
