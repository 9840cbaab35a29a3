"""Every optimizer learns, and stopped in the middle goes on as if nothing had been; split ones split as they say."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.trainer.training.jobs import assert_same_from, resume, train, write_job
from tests.trainer.training.tiny import WITH_WORDS, build_tiny
from trainer.errors import UserError
from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.config import OptimizerConfig
from trainer.training.optimizers import build_optimizer

SETTINGS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.02, "amsgrad": True},
    "AdamW": {"lr": 0.02},
    "RMSprop": {"lr": 0.01, "momentum": 0.5, "centered": True},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.1},
    "Adadelta": {"lr": 2.0},
    "Adamax": {"lr": 0.02},
    "NAdam": {"lr": 0.02, "decoupled_weight_decay": True},
    "RAdam": {"lr": 0.05},
    "ASGD": {"lr": 0.3, "t0": 5.0},
    "Rprop": {"lr": 0.01},
    "Adafactor": {"lr": 0.2},
    "LBFGS": {"lr": 0.5, "max_iter": 5, "history_size": 4},
    "Muon": {"lr": 0.05, "adjust_lr_fn": "match_rms_adamw"},
    "SparseAdam": {"lr": 0.02},
}

WANT_ALL_ROWS = ("Rprop", "LBFGS")  # from some of the rows they learn by luck, on one processor and not on another


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizer_learns_and_resumes_to_the_last_bit(tmp_path: Path, tiny: Path, optimizer: str) -> None:
    config = {
        "epochs": 6,
        "batch_size": "all" if optimizer in WANT_ALL_ROWS else 16,
        "optimizer": {"type": optimizer, "params": SETTINGS[optimizer]},
        "checkpoint": {"every_steps": 3},
    }
    whole = train(write_job(tmp_path / "whole", WITH_WORDS, tiny, config))
    assert whole.end["status"] == "succeeded", whole.end
    losses = [epoch["values"]["train/loss"] for epoch in whole.epochs()]
    assert losses[-1] < 0.9 * losses[0]
    assert_same_from(whole, resume(whole, 3, tmp_path / "resumed"), 3)


def test_line_search_resumes_to_the_last_bit(tmp_path: Path, tiny: Path) -> None:
    params = {"max_iter": 4, "line_search_fn": "strong_wolfe"}
    config = {"epochs": 4, "batch_size": "all", "checkpoint": {"every_steps": 2}}
    config["optimizer"] = {"type": "LBFGS", "params": params}
    whole = train(write_job(tmp_path / "whole", WITH_WORDS, tiny, config))
    losses = [epoch["values"]["train/loss"] for epoch in whole.epochs()]
    assert losses[-1] < 0.5 * losses[0]
    assert_same_from(whole, resume(whole, 2, tmp_path / "resumed"), 2)


class Words(nn.Module):
    def __init__(self, *, tied: bool = False) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 4)
        self.norm = nn.LayerNorm(4)
        self.last = nn.Linear(4, 5)
        if tied:
            self.last.weight = self.table.weight

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.last(self.norm(self.table(words)))
        return logits


def test_muon_takes_the_matrices_and_leaves_embeddings_and_the_rest_to_adamw() -> None:
    network = Words()
    optimizer = build_optimizer(OptimizerConfig("Muon", {"lr": 0.03, "weight_decay": 0.2}), network, fused=False)
    muon, adamw = optimizer.param_groups
    assert [id(one) for one in muon["params"]] == [id(network.last.weight)]
    rest = [network.table.weight, network.norm.weight, network.norm.bias, network.last.bias]
    assert [id(one) for one in adamw["params"]] == [id(one) for one in rest]
    assert (adamw["lr"], adamw["weight_decay"]) == (0.03, 0.2)
    assert "betas" in adamw
    assert "ns_steps" in muon


def test_schedule_moves_the_rate_of_both_parts() -> None:
    optimizer = build_optimizer(OptimizerConfig("Muon", {"lr": 0.5}), Words(), fused=False)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    optimizer.step()
    schedule.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]


def test_sparse_adam_steps_only_the_entries_that_were_looked_up() -> None:
    network = Words()
    optimizer = build_optimizer(OptimizerConfig("SparseAdam", {"lr": 0.1}), network, fused=False)
    before = network.table.weight.detach().clone()
    network(torch.tensor([1, 3])).square().sum().backward()
    assert network.table.weight.grad is not None
    assert network.table.weight.grad.is_sparse
    optimizer.step()
    moved = (network.table.weight != before).any(1)
    assert moved.tolist() == [False, True, False, True, False]
    assert not network.last.bias.equal(torch.zeros(5))


@pytest.mark.parametrize(
    ("optimizer", "network", "code"),
    [
        ("Muon", nn.LayerNorm(3), "training.no_matrices"),
        ("SparseAdam", nn.Linear(3, 2), "training.no_embeddings"),
        ("SparseAdam", Words(tied=True), "training.no_embeddings"),
        ("Adam", nn.ReLU(), "training.no_parameters"),
    ],
    ids=["no-matrix", "no-embedding", "tied-embedding", "nothing"],
)
def test_network_that_gives_an_optimizer_nothing_to_do_is_refused(
    optimizer: str, network: nn.Module, code: str
) -> None:
    with pytest.raises(UserError) as refused:
        build_optimizer(OptimizerConfig(optimizer), network, fused=False)
    assert refused.value.code == code
