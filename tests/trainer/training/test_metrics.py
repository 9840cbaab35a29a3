"""Metrics agree with torchmetrics and scikit-learn, however the rows are divided into batches."""

from typing import Any

import pytest
import torch
import torchmetrics.functional as reference
from sklearn import metrics as sklearn_metrics
from torch import Tensor

from trainer.training.measures import sums_by_batch
from trainer.training.metrics import COUNTS, SUMS, find_measure, new_tally
from trainer.training.number_tallies import Unit

CUTS = [[100], [32, 32, 32, 4], [1, 99]]
UNIT = Unit(mean=7.0, deviation=2.5)


def rows(task: str) -> tuple[Tensor, Tensor]:
    torch.manual_seed(4)
    if task == "classes":
        return torch.randn(100, 5), torch.randint(0, 4, (100,))  # class 4 never occurs
    if task == "labels":
        return torch.randn(100, 3), (torch.rand(100, 3) > 0.6).float()
    target = torch.randn(100, 1)
    return target + torch.randn(100, 1) * 0.3, target


def own_unit(values: Tensor) -> Any:
    return (values.double() * UNIT.deviation + UNIT.mean).numpy()


def measured(metric: str, task: str, sizes: list[int]) -> float:
    measure = find_measure(metric, task, UNIT)
    assert measure is not None
    output, target = rows(task)
    return sum(sums_by_batch(measure(output, target), sizes)) / target.numel()


def tallied(metric: str, task: str, sizes: list[int]) -> float | None:
    output, target = rows(task)
    tally, halfway = new_tally(metric, task, UNIT), new_tally(metric, task, UNIT)
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
@pytest.mark.parametrize(
    ("metric", "function"),
    [("f1", reference.f1_score), ("precision", reference.precision), ("recall", reference.recall)],
)
def test_averages_over_classes_and_labels(metric: str, function: Any, sizes: list[int]) -> None:
    output, target = rows("classes")
    expected = function(output, target, task="multiclass", num_classes=5, average="macro")
    assert tallied(metric, "classes", sizes) == pytest.approx(expected.item())
    output, target = rows("labels")
    expected = function(output.sigmoid(), target.long(), task="multilabel", num_labels=3, average="macro")
    assert tallied(metric, "labels", sizes) == pytest.approx(expected.item())


@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_metrics_that_are_fair_to_rare_classes(sizes: list[int]) -> None:
    output, target = rows("classes")
    answer = output.argmax(1)
    with pytest.warns(UserWarning, match="y_pred contains classes not in y_true"):
        balanced = sklearn_metrics.balanced_accuracy_score(target, answer)
    assert tallied("balanced_accuracy", "classes", sizes) == pytest.approx(balanced)
    assert tallied("mcc", "classes", sizes) == pytest.approx(sklearn_metrics.matthews_corrcoef(target, answer))
    output, target = rows("labels")
    truth, answer = target.bool(), output > 0
    by_label = [sklearn_metrics.balanced_accuracy_score(truth[:, i], answer[:, i]) for i in range(3)]
    assert tallied("balanced_accuracy", "labels", sizes) == pytest.approx(sum(by_label) / 3)
    correlation = sklearn_metrics.matthews_corrcoef(truth.flatten(), answer.flatten())
    assert tallied("mcc", "labels", sizes) == pytest.approx(correlation)


@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_area_under_curve_of_probabilities_to_a_thousandth(sizes: list[int]) -> None:
    output, target = rows("classes")
    chances = output.double().softmax(1).mul(1000).round()
    by_class = [sklearn_metrics.roc_auc_score(target == i, chances[:, i]) for i in range(4)]
    assert tallied("auroc", "classes", sizes) == pytest.approx(sum(by_class) / 4, abs=1e-12)
    output, target = rows("labels")
    exact = sklearn_metrics.roc_auc_score(target.bool(), output)
    assert tallied("auroc", "labels", sizes) == pytest.approx(exact, abs=2e-3)


def test_five_best_answers() -> None:
    torch.manual_seed(2)
    output, target = torch.randn(50, 9), torch.randint(0, 9, (50,))
    measure = find_measure("top5_accuracy", "classes", UNIT)
    assert measure is not None
    expected = sklearn_metrics.top_k_accuracy_score(target, output, k=5, labels=range(9))
    assert measure(output, target).double().mean().item() == pytest.approx(expected)
    assert measure(output[:, :3], target % 3).all()


@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_perplexity(sizes: list[int]) -> None:
    output, target = rows("classes")
    expected = reference.text.perplexity(output.unsqueeze(0), target.unsqueeze(0))
    assert tallied("perplexity", "classes", sizes) == pytest.approx(expected.item())


@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_errors_of_numbers_in_their_own_unit(sizes: list[int]) -> None:
    output, target = rows("numbers")
    said, truth = own_unit(output), own_unit(target)
    assert measured("mae", "numbers", sizes) == pytest.approx(sklearn_metrics.mean_absolute_error(truth, said))
    for metric, function in [
        ("rmse", sklearn_metrics.root_mean_squared_error),
        ("mape", sklearn_metrics.mean_absolute_percentage_error),
        ("r2", sklearn_metrics.r2_score),
        ("explained_variance", sklearn_metrics.explained_variance_score),
    ]:
        assert tallied(metric, "numbers", sizes) == pytest.approx(function(truth, said)), metric


def test_cosine_of_rows() -> None:
    tally = new_tally("cosine_similarity", "numbers", UNIT)
    tally.update(torch.tensor([[1.0, 0.0], [3.0, 4.0]]), torch.tensor([[0.0, 2.0], [6.0, 8.0]]))
    assert tally.compute() == pytest.approx(0.5)


def test_what_is_no_class_is_left_out() -> None:
    output, target = rows("classes")
    for metric in ("f1", "mcc", "auroc", "perplexity"):
        whole, ignoring = new_tally(metric, "classes", UNIT), new_tally(metric, "classes", UNIT)
        whole.update(output[:60], target[:60])
        ignoring.update(output, torch.cat([target[:60], torch.full((40,), -100)]))
        assert ignoring.compute() == pytest.approx(whole.compute()), metric


def test_metric_of_nothing_is_none() -> None:
    assert all(new_tally(metric, task, UNIT).compute() is None for metric, task in COUNTS.keys() | SUMS.keys())


def test_target_that_does_not_vary_has_no_r2() -> None:
    for metric in ("r2", "explained_variance"):
        tally = new_tally(metric, "numbers", UNIT)
        tally.update(torch.randn(5, 1), torch.zeros(5, 1))
        assert tally.compute() is None


def test_sums_are_the_same_to_the_last_bit_however_many_batches_come_together() -> None:
    torch.manual_seed(0)
    values = torch.randn(1000, 3, dtype=torch.float64)
    together = sums_by_batch(values, [300, 300, 300, 100])
    alone = [sums_by_batch(part, [len(part)])[0] for part in values.split(300)]
    assert together == alone
