"""One step of the weights: forward and backward, what is done to the gradients, the optimizer, and what follows it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor, nn
from torch.optim import Optimizer

from trainer.training.bare_step import bare_step
from trainer.training.config import GradientConfig
from trainer.training.cuda_graph import Replaying
from trainer.training.optimizers import needs_closure
from trainer.training.parallel.alone import Alone, Forward
from trainer.training.precision import MixedPrecision
from trainer.training.record import Batch, join_parts

NORM_EVERY = 50  # steps: to measure it costs a small network more than a tenth of a step


class Update:
    """Makes the steps of one run. At most `rows_at_once` rows go through the networks of its `team` together."""

    def __init__(
        self,
        forward: Forward,
        optimizer: Optimizer,
        gradients: GradientConfig,
        precision: MixedPrecision,
        team: Alone,
        *,
        rows_at_once: int,
        after_step: Sequence[Callable[[], None]],
        replaying: Replaying = lambda gradients, _: gradients,
    ) -> None:
        self._forward = forward
        self._optimizer = optimizer
        self._bare_step = bare_step(optimizer)
        self._gradients = gradients
        self._precision = precision
        self._team = team
        self._rows_at_once = rows_at_once
        self._after_step = after_step
        self._parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self._backward = replaying(self._compute_gradients, self._parameters)
        self._make = self._make_repeatedly if needs_closure(optimizer) else self._make_once

    def __call__(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], *, num_rows: int, step: int) -> Batch:
        """Step number `step`, by the rows `[b, ...]` here of a batch of `num_rows`; what was made of them before it."""
        batch = self._make(inputs, targets, num_rows, step)
        for parameter in self._parameters:
            parameter.grad = None
        for follow in self._after_step:
            follow()
        return batch

    def _make_once(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], num_rows: int, step: int) -> Batch:
        batch = self._backward(inputs, targets, num_rows)
        norm = self._prepare_gradients(step)
        self._precision.step(self._optimizer, self._bare_step)
        return batch if norm is None else replace(batch, gradient_norm=norm)

    def _make_repeatedly(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], num_rows: int, step: int) -> Batch:
        """With an optimizer that looks at the batch several times."""
        looks: list[Batch] = []

        def look() -> Tensor:
            for parameter in self._parameters:
                parameter.grad = None
            batch = self._backward(inputs, targets, num_rows)
            norm = self._prepare_gradients(step)
            if not looks:
                looks.append(batch if norm is None else replace(batch, gradient_norm=norm))
            return batch.loss

        self._optimizer.step(look)  # type: ignore[arg-type]
        return looks[0]

    def _compute_gradients(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], num_rows: int) -> Batch:
        """Gradients of the mean loss of all rows, added up over parts of them where they do not go at once."""
        parts = []
        for part in self._team.parts(self._forward, inputs, targets, num_rows=num_rows, at_once=self._rows_at_once):
            self._precision.backward(part.loss)
            parts.append(part.detached())
        self._team.add_gradients(self._parameters, num_rows=num_rows)
        return join_parts(parts)

    def _prepare_gradients(self, step: int) -> Tensor | None:
        """Clip them as is set; their norm before that, where it is known or its turn to be measured."""
        clip_norm, clip_value = self._gradients.clip_norm, self._gradients.clip_value
        measured = (step - 1) % NORM_EVERY == 0
        if clip_norm is None and clip_value is None and not measured:
            return None
        self._precision.unscale(self._optimizer)
        norm = None
        if clip_norm is not None:
            norm = nn.utils.clip_grad_norm_(self._parameters, clip_norm)
        elif measured:
            norm = nn.utils.get_total_norm([_numbers(p.grad) for p in self._parameters if p.grad is not None])
        if clip_value is not None:
            nn.utils.clip_grad_value_(self._parameters, clip_value)
        return None if norm is None else self._team.whole(norm)


def _numbers(gradient: Tensor) -> Tensor:
    """All that is not zero of a gradient which may be sparse."""
    return gradient.coalesce().values() if gradient.is_sparse else gradient
