"""A run in one process: every row, every weight and every decision is its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.optim import Optimizer

from trainer.errors import UserError
from trainer.training.checkpoint import copy_weights
from trainer.training.control import Control
from trainer.training.heads import Head
from trainer.training.optimizers import optimizer_from_tensors, optimizer_to_tensors
from trainer.training.parallel.pace import OwnPace, SharedPace
from trainer.training.random_states import capture_random_states, restore_random_states
from trainer.training.record import Batch
from trainer.training.reporter import Reporter

Answer = TypeVar("Answer")
Forward = Callable[[Sequence[Tensor], Sequence[Tensor]], Batch]
States = tuple[dict[str, Tensor], dict[str, Any]]  # as tensors, and what is none as JSON


class LostProcess(Exception):
    """Another process of the team is gone: what ended it is told there, if it can be told."""


class Alone:
    """What a loop asks of those it shares a run with; here there are none. `leads` says who tells, stores and decides.

    The methods of a team of several are called by all of them at the same moment.
    """

    size = 1
    leads = True

    def adopt(self, network: nn.Module, heads: Sequence[Head], *, batch_size: int) -> list[UserError]:
        """Make the network, with its first weights, and the losses the team's; what a person should know of that."""
        return []

    def agree(self, value: Answer) -> Answer:
        """The `value` of the one that leads."""
        return value

    def unite(self, notes: Sequence[str]) -> list[str]:
        """The `notes` of all, each once."""
        return list(notes)

    def notice_loss(self, error: Exception) -> None:
        """Raises LostProcess where `error` only says that another process of the team is gone."""

    def pace(self, control: Control, reporter: Reporter) -> OwnPace | SharedPace:
        return OwnPace(control, reporter)

    # -- rows

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """Which of the neighbouring rows `start` to `stop` go through the network here: one at least."""
        return start, stop

    def own(self, rows: Tensor) -> Tensor:
        """The same of the row numbers of a batch."""
        return rows

    def parts(
        self, forward: Forward, inputs: Sequence[Tensor], targets: Sequence[Tensor], *, num_rows: int, at_once: int
    ) -> Iterator[Batch]:
        """What `forward` makes of the rows here of a batch of `num_rows`, of which `at_once` go together in all.

        Each is a part of the batch, as one alone would have it: the losses of all parts add up to its.
        """
        if num_rows <= at_once:
            yield forward(inputs, targets)
            return
        for start in range(0, num_rows, at_once):
            rows = slice(start, start + at_once)
            batch = forward([tensor[rows] for tensor in inputs], [tensor[rows] for tensor in targets])
            share = batch.num_rows / num_rows
            heads = [replace(one, loss=one.loss * share) for one in batch.heads]
            yield Batch(num_rows, batch.loss * share, heads)

    # -- a step

    def add_gradients(self, parameters: Sequence[Tensor], *, num_rows: int) -> None:
        """Make the gradients of the rows here those of the whole batch of `num_rows`."""

    def whole(self, tensor: Tensor) -> Tensor:
        """A tensor of which a part may be here, as it is."""
        return tensor

    def gather(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        """Batches whose rows here are part of them, with all their rows."""
        return batches

    # -- checkpoints: what is copied is empty but where it leads

    def copy(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return copy_weights(tensors)

    def copy_optimizer(self, optimizer: Optimizer) -> States:
        return optimizer_to_tensors(optimizer)

    def copy_random_states(self) -> States:
        return capture_random_states()

    def load(self, network: nn.Module, weights: Mapping[str, Tensor]) -> None:
        """Put weights in place that the one that leads has. Raises RuntimeError where they are another network's."""
        network.load_state_dict(dict(weights))

    def load_optimizer(self, optimizer: Optimizer, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        optimizer_from_tensors(optimizer, tensors, state)

    def restore_random_states(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        restore_random_states(dict(tensors), dict(state))
