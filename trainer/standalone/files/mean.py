"""A metric that is the mean of a measure over all values of a pass."""

from collections.abc import Callable

from torch import Tensor


class Mean:
    """`measure` gives a number, or a yes or no, for each value of the targets."""

    def __init__(self, measure: Callable[[Tensor, Tensor], Tensor]) -> None:
        self.measure = measure
        self.total = 0.0
        self.count = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        self.total += self.measure(output, target).sum().item()
        self.count += target.numel()

    def compute(self) -> float | None:
        """None where there was nothing."""
        return self.total / self.count if self.count else None
