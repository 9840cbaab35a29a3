"""What is said of each optimizer's memory is what it has after it stepped."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.config import OptimizerConfig
from trainer.training.memory.ledger import Ledger
from trainer.training.memory.optimizer_state import optimizer_bytes
from trainer.training.optimizers import build_optimizer
from trainer.training.split_optimizer import chosen_parameters

NUM_STEPS = 8
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}],
    "Adam": [{}, {"amsgrad": True}],
    "AdamW": [{}, {"amsgrad": True}],
    "RMSprop": [{}, {"momentum": 0.9}, {"centered": True, "momentum": 0.9, "weight_decay": 0.1}],
    "Adagrad": [{}],
    "Adadelta": [{}, {"weight_decay": 0.1}],
    "Adamax": [{}, {"weight_decay": 0.1}],
    "NAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "RAdam": [{}, {"weight_decay": 0.1}],
    "ASGD": [{}, {"weight_decay": 0.1}],
    "Rprop": [{}],
    "Adafactor": [{}],
    "LBFGS": [{"history_size": 3}, {"history_size": 3, "line_search_fn": "strong_wolfe"}],
    "Muon": [{}, {"nesterov": False}],
    "SparseAdam": [{}],
}
CASES = [(type_, params) for type_, cases in SETTINGS.items() for params in cases]


class Network(nn.Module):
    """A table, a large matrix, a convolution and vectors: a parameter of every kind that an optimizer tells apart."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(70, 24)
        self.convolution = nn.Conv1d(24, 8, 3)
        self.dense = nn.Linear(8 * 6, 400)
        self.last = nn.Linear(400, 3)
        self.frozen = nn.Parameter(torch.ones(50), requires_grad=False)

    def forward(self, words: Tensor) -> Tensor:
        scores: Tensor = self.last(self.dense(self.convolution(self.table(words).movedim(-1, 1)).flatten(1)).tanh())
        return scores


class Stepped:
    """An optimizer after some steps, and the most it worked with beyond what was there before the last."""

    def __init__(self, config: OptimizerConfig) -> None:
        torch.manual_seed(3)
        self.network = Network()
        self.optimizer = build_optimizer(config, self.network, fused=OPTIMIZERS[config.type].has_fused)
        self.work = 0
        words = torch.randint(0, 70, (5, 8))
        for _ in range(NUM_STEPS):
            if config.type == "LBFGS":
                self.optimizer.step(lambda: self.loss(words))  # type: ignore[arg-type]
            else:
                self.loss(words)
                self.work = self._step()

    def loss(self, words: Tensor) -> Tensor:
        for parameter in self.network.parameters():
            parameter.grad = None
        loss = self.network(words).square().mean()
        loss.backward()
        return loss

    def tensors(self) -> list[Tensor]:
        values = [value for state in self.optimizer.state.values() for value in state.values()]
        entries = [entry for value in values for entry in (value if isinstance(value, list) else [value])]
        return [entry for entry in entries if isinstance(entry, Tensor)]

    def _step(self) -> int:
        ledger = Ledger()
        with ledger:
            for parameter in self.network.parameters():
                ledger.see(parameter)
                ledger.see(parameter.grad)
            for tensor in self.tensors():
                ledger.see(tensor)
            before = ledger.live
            self.optimizer.step()
        return max(ledger.marks) - before


def said(config: OptimizerConfig) -> Any:
    network = Network()
    chosen = {id(parameter) for parameter in chosen_parameters(config.type, network)}
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return optimizer_bytes(config, [tuple(one.shape) for one in trained], [id(one) in chosen for one in trained])


def test_every_optimizer_is_looked_at() -> None:
    assert set(SETTINGS) == set(OPTIMIZERS)


@pytest.mark.parametrize(("type_", "params"), CASES, ids=str)
def test_state_is_what_the_optimizer_keeps_after_its_steps(type_: str, params: dict[str, Any]) -> None:
    config = OptimizerConfig(type_, params)
    kept = sum(tensor.numel() * tensor.element_size() for tensor in Stepped(config).tensors())
    # L-BFGS also keeps a few numbers; those are not counted
    assert said(config).state == pytest.approx(kept, abs=200 if type_ == "LBFGS" else 0)


@pytest.mark.parametrize(
    ("type_", "params"), [case for case in CASES if case[0] not in ("LBFGS", "SparseAdam")], ids=str
)
def test_work_is_what_the_optimizer_makes_within_a_step(type_: str, params: dict[str, Any]) -> None:
    config = OptimizerConfig(type_, params)
    assert said(config).work == pytest.approx(Stepped(config).work, rel=0.05, abs=300)


def test_work_of_lbfgs_is_that_of_vectors_of_all_parameters() -> None:
    """Of a network with few rows, so that its activations do not count."""
    for params in SETTINGS["LBFGS"]:
        torch.manual_seed(1)
        network = nn.Sequential(nn.Linear(300, 200), nn.Tanh(), nn.Linear(200, 1))
        config = OptimizerConfig("LBFGS", params)
        optimizer = build_optimizer(config, network, fused=False)
        work = [_work_of_lbfgs(optimizer, network) for _ in range(3)][-1]
        told = optimizer_bytes(config, [tuple(parameter.shape) for parameter in network.parameters()])
        vector, rows_bytes = told.state / 8, 4 * 8 * 300
        assert (
            told.work - (3 * vector if "line_search_fn" in params else 0)
            <= work + 2000
            <= 2000 + told.work + 4 * rows_bytes
        )


def _work_of_lbfgs(optimizer: torch.optim.Optimizer, network: nn.Module) -> int:
    """What a step works with beside state and gradients."""
    rows = torch.linspace(-1, 1, 8 * 300).reshape(8, 300).sin()

    def look() -> Tensor:
        for parameter in network.parameters():
            parameter.grad = None
        loss: Tensor = (network(rows) - rows[:, :1]).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    ledger = Ledger()
    with ledger:
        for parameter in network.parameters():
            ledger.see(parameter)
        for state in optimizer.state.values():
            for value in state.values():
                for tensor in value if isinstance(value, list) else [value]:
                    ledger.see(tensor)
        before = ledger.live
        optimizer.step(look)  # type: ignore[arg-type]
    return max(ledger.marks) - before - sum(parameter.numel() * 4 for parameter in network.parameters())
