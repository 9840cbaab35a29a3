"""The schedule of the learning rate that a run's settings name, built as torch has it, and its state as JSON."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from torch.optim import Optimizer, lr_scheduler

from trainer.errors import UserError
from trainer.methods.part import Interval
from trainer.training.config import ScheduleConfig

RATES: Final[Mapping[str, Callable[[int], float]]] = {
    "inverse_sqrt": lambda time: 1 / math.sqrt(1 + time),
    "inverse_time": lambda time: 1 / (1 + time),
}
PEAKS: Final[Mapping[str, tuple[str, ...]]] = {"OneCycleLR": ("max_lr",), "CyclicLR": ("base_lr", "max_lr")}
WHOLE_RUN: Final[Mapping[str, str]] = {"CosineAnnealingLR": "T_max", "OneCycleLR": "total_steps"}


class Schedule:
    """A schedule that is stepped after each step or each epoch."""

    def __init__(self, scheduler: lr_scheduler.LRScheduler, every: Interval) -> None:
        self._scheduler = scheduler
        self._every = every

    def after_step(self) -> None:
        if self._every == "step":
            self._advance()

    def after_epoch(self, loss: float) -> None:
        """`loss` is that of the validation rows, or of the training rows where there are none."""
        if self._every == "step":
            return
        if isinstance(self._scheduler, lr_scheduler.ReduceLROnPlateau):
            self._scheduler.step(loss)
        else:
            self._advance()

    def _advance(self) -> None:
        over = isinstance(self._scheduler, lr_scheduler.OneCycleLR) and (
            self._scheduler.last_epoch >= self._scheduler.total_steps
        )
        if not over:  # a cycle shorter than the run stays at its end
            self._scheduler.step()

    def to_json(self) -> dict[str, Any]:
        return self._scheduler.state_dict()

    def load_json(self, state: Mapping[str, Any]) -> None:
        self._scheduler.load_state_dict(_like(self._scheduler.state_dict(), state))


def build_schedule(config: ScheduleConfig, optimizer: Optimizer, *, epochs: int, num_steps: int) -> Schedule:
    """The schedule; a length left empty is that of the rest of the run, in what the schedule counts.

    Raises UserError `training.no_momentum` for one that changes a momentum which the optimizer does not have.
    """
    params = dict(config.params)
    length = WHOLE_RUN.get(config.type)
    if length is not None and params.get(length) is None:
        params[length] = max(1, (epochs if config.every == "epoch" else num_steps) - config.warmup)
    if config.type == "LambdaLR":
        params["lr_lambda"] = RATES[params.get("lr_lambda", "inverse_sqrt")]
    cycles = config.type in ("OneCycleLR", "CyclicLR") and params.get("cycle_momentum", True)
    if cycles and not {"momentum", "betas"} & optimizer.defaults.keys():
        raise UserError("training.no_momentum", path="config.schedule.params.cycle_momentum", schedule=config.type)
    for name in PEAKS.get(config.type, ()):
        if name in params:
            params[name] = [params[name] * group.get("factor", 1.0) for group in optimizer.param_groups]
    scheduler: lr_scheduler.LRScheduler = getattr(lr_scheduler, config.type)(optimizer, **params)
    if config.warmup:
        first = 1 / (config.warmup + 1)
        warm_up = lr_scheduler.LinearLR(optimizer, start_factor=first, total_iters=config.warmup)
        scheduler = lr_scheduler.SequentialLR(optimizer, [warm_up, scheduler], [config.warmup])
    return Schedule(scheduler, config.every)


def _like(present: Any, saved: Any) -> Any:
    """`saved` as it was before it became JSON, which knows no whole numbers as keys and no tuples."""
    if isinstance(present, Counter):
        return Counter({int(key): count for key, count in saved.items()})
    if isinstance(present, dict):
        return {key: _like(present.get(key), value) for key, value in saved.items()}
    if isinstance(present, list) and len(present) == len(saved):
        return [_like(one, other) for one, other in zip(present, saved, strict=True)]
    return tuple(saved) if isinstance(present, tuple) else saved
