"""The step of an optimizer without what torch puts around it, which takes a fifth of a small network's time.

That is marks for the profiler, hooks and breaks for the compiler, of which nothing is used here; and for fused Adam the
sorting of the parameters, which is the same in every step.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import Tensor
from torch.optim import Optimizer

FUSED: Final[dict[type[Optimizer], Callable[..., None]]] = {
    torch.optim.Adam: torch._fused_adam_,
    torch.optim.AdamW: torch._fused_adamw_,
}
MOMENTS: Final = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step")


def bare_step(optimizer: Optimizer) -> Callable[[], None]:
    """What does to the last bit as `optimizer.step` does."""
    function: Callable[[Optimizer], Any] = type(optimizer).step
    while inner := getattr(function, "__wrapped__", None):
        function = inner
    optimizer._opt_called = True  # type: ignore[attr-defined]  # what schedules ask of a step they did not see

    def step() -> None:
        with torch.no_grad():
            function(optimizer)

    return _FusedAdam(optimizer, step) if _is_sorted(optimizer) else step


def _is_sorted(optimizer: Optimizer) -> bool:
    """Whether it is fused Adam, and each group one device and type of numbers, so that one call serves all of it."""
    return type(optimizer) in FUSED and all(
        group["fused"] and len({(parameter.device, parameter.dtype) for parameter in group["params"]}) == 1
        for group in optimizer.param_groups
    )


class _FusedAdam:
    """Steps of fused Adam. `step` is the whole one, for the first, which makes the moments."""

    def __init__(self, optimizer: Optimizer, step: Callable[[], None]) -> None:
        self._optimizer = optimizer
        self._step = step
        self._update = FUSED[type(optimizer)]
        self._moments: list[list[list[Tensor]]] = []  # of each group, by MOMENTS

    def __call__(self) -> None:
        groups = self._optimizer.param_groups
        gradients = [[parameter.grad for parameter in group["params"]] for group in groups]
        if not self._moments or any(gradient is None for of_group in gradients for gradient in of_group):
            self._step()
            self._moments = self._find_moments()
            return
        with torch.no_grad():
            for group, of_group, moments in zip(groups, gradients, self._moments, strict=True):
                self._step_group(group, of_group, *moments)

    def _step_group(
        self,
        group: dict[str, Any],
        gradients: Sequence[Tensor | None],
        means: list[Tensor],
        squares: list[Tensor],
        largest: list[Tensor],
        steps: list[Tensor],
    ) -> None:
        beta1, beta2 = group["betas"]
        torch._foreach_add_(steps, 1)
        self._update(
            group["params"],
            gradients,
            means,
            squares,
            largest,
            steps,
            amsgrad=group["amsgrad"],
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=group["maximize"],
        )

    def _find_moments(self) -> list[list[list[Tensor]]]:
        """The moments of all parameters; none yet where one of them had no gradient so far."""
        state = self._optimizer.state
        groups = [[state.get(parameter, {}) for parameter in group["params"]] for group in self._optimizer.param_groups]
        if not all("step" in moments for group in groups for moments in group):
            return []
        return [[[moments[name] for moments in group if name in moments] for name in MOMENTS] for group in groups]
