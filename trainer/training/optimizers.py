"""The optimizer and the learning-rate schedule a run's settings name, built as torch has them."""

from collections.abc import Iterable

import torch
from torch.nn import Parameter

from trainer.training.config import OptimizerConfig, ScheduleConfig


def build_optimizer(config: OptimizerConfig, parameters: Iterable[Parameter], *, fused: bool) -> torch.optim.Optimizer:
    params = {name: tuple(value) if isinstance(value, list) else value for name, value in config.params.items()}
    optimizer: torch.optim.Optimizer = getattr(torch.optim, config.type)(
        parameters, **params, **({"fused": True} if fused else {})
    )
    return optimizer


def build_schedule(
    config: ScheduleConfig, optimizer: torch.optim.Optimizer, *, epochs: int, num_steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The schedule; a length left empty is that of the whole run, in what the schedule counts."""
    params = dict(config.params)
    if config.type == "CosineAnnealingLR" and params.get("T_max") is None:
        params["T_max"] = epochs if config.every == "epoch" else num_steps
    schedule: torch.optim.lr_scheduler.LRScheduler = getattr(torch.optim.lr_scheduler, config.type)(optimizer, **params)
    return schedule
