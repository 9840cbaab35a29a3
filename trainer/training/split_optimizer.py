"""Two optimizers as one: for what trains some parameters in its own way and leaves the rest to another."""

from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer


class SplitOptimizer(Optimizer):
    """Steps each of its `parts`. Their groups and states are its own, so that schedules and checkpoints see one."""

    def __init__(self, *parts: Optimizer) -> None:
        self.parts = parts
        super().__init__([group for part in parts for group in part.param_groups], {})
        self._share()

    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        for part in self.parts:
            part.step()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        groups = iter(self.param_groups)
        for part in self.parts:
            part.param_groups = [next(groups) for _ in part.param_groups]
            part.state = self.state
