"""Early stopping: what counts as better, and when its patience is over."""

import random

import pytest

from trainer.training.best import Best
from trainer.training.config import EarlyStoppingConfig
from trainer.training.patience import Patience


@pytest.mark.parametrize("metric", ["val/accuracy", None])
def test_an_epoch_counts_as_better_exactly_when_it_becomes_the_best(metric: str | None) -> None:
    draw = random.Random(1)
    best, patience = Best(metric, higher_is_better=True), Patience(EarlyStoppingConfig(patience=1000))
    for step in range(200):
        scores = {"val/accuracy": draw.choice([0.5, 0.75, 1.0]), "loss": draw.choice([0.1, 0.2, 0.3, 0.4])}
        waited = patience.to_json()["num_waited"]
        patience.offer(best.rank(scores))

        is_best = best.offer(scores, step=step, values={})
        assert patience.to_json()["num_waited"] == (0 if is_best else waited + 1)


def test_the_least_improvement_is_that_of_the_metric() -> None:
    patience = Patience(EarlyStoppingConfig(patience=2, min_delta=0.1))
    for rank in ([0.5, -1.0], [0.5, -0.2], [0.55, -0.1]):
        patience.offer(rank)
    assert patience.is_over

    resumed = Patience(EarlyStoppingConfig(patience=3, min_delta=0.1), patience.to_json())
    resumed.offer([0.7, -2.0])
    assert resumed.to_json() == {"best": [0.7, -2.0], "num_waited": 0}
