"""The bare step is to the last bit the step that torch makes."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from tests.trainer.training.test_optimizers import SETTINGS
from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.bare_step import bare_step
from trainer.training.config import OptimizerConfig
from trainer.training.optimizers import build_optimizer


class TwoWays(nn.Module):
    """Every other batch leaves `seldom` without a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.always, self.seldom = nn.Linear(3, 2), nn.Linear(3, 2)

    def forward(self, number: int) -> Tensor:
        x = torch.full((4, 3), float(number + 1))
        return self.always(x) + self.seldom(x) if number % 2 else self.always(x)


class Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Embedding(5, 4), nn.Flatten(), nn.Linear(8, 3), nn.LayerNorm(3))

    def forward(self, number: int) -> Tensor:
        return self.network(torch.tensor([[0, 1], [number, 2]]))


Step = Callable[[Optimizer], Callable[[], object]]


def trained(make: Callable[[nn.Module], Optimizer], network: Callable[[], nn.Module], step: Step) -> list[Tensor]:
    """Weights and the optimizer's numbers after four steps; the rate falls at the third."""
    torch.manual_seed(0)
    built = network()
    optimizer = make(built)
    make_step = step(optimizer)
    for number in range(4):
        if number == 2:
            for group in optimizer.param_groups:
                group["lr"] /= 10
        built(number).square().sum().backward()
        make_step()
        optimizer.zero_grad()
    state = optimizer.state_dict()["state"]
    moments = [value for _, values in sorted(state.items()) for value in values.values() if isinstance(value, Tensor)]
    return [*built.parameters(), *moments]


def assert_same(make: Callable[[nn.Module], Optimizer], network: Callable[[], nn.Module]) -> None:
    bare = trained(make, network, bare_step)
    whole = trained(make, network, lambda optimizer: optimizer.step)
    assert len(bare) == len(whole)
    assert all(one.equal(other) for one, other in zip(bare, whole, strict=True))


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "LBFGS"])
def test_bare_step_is_the_step(optimizer: str) -> None:
    config = OptimizerConfig(optimizer, SETTINGS[optimizer])
    assert_same(lambda network: build_optimizer(config, network, fused=OPTIMIZERS[optimizer].has_fused), Words)


@pytest.mark.parametrize("params", [{}, {"amsgrad": True}, {"weight_decay": 0.1, "maximize": True}])
@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW])
def test_fused_steps_are_the_step_where_gradients_come_and_go(
    kind: Callable[..., Optimizer], params: dict[str, Any]
) -> None:
    def make(network: nn.Module) -> Optimizer:
        groups = [
            {"params": list(part.parameters()), "lr": 0.01 * place} for place, part in enumerate(network.children(), 1)
        ]
        return kind(groups, betas=(0.8, 0.95), fused=True, **params)

    assert_same(make, TwoWays)
    assert_same(make, Words)
