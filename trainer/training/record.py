"""What is kept of the steps: scalar tensors until they are read a few times a second, and their sums over the epoch."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from trainer.training.heads import Compared, Head
from trainer.training.measures import sums_by_batch
from trainer.training.metrics import Tally

MAX_UNREAD_BATCHES = 4096
MAX_UNREAD_VALUES = 4_000_000


class Means:
    """Running means by name, summed in the order of the steps in double precision."""

    def __init__(self, sums: Mapping[str, Sequence[float]] | None = None) -> None:
        self._sums: dict[str, list[float]] = {name: list(pair) for name, pair in (sums or {}).items()}

    def add(self, name: str, total: float, count: int) -> None:
        pair = self._sums.setdefault(name, [0.0, 0])
        pair[0] += total
        pair[1] += count

    def compute(self) -> dict[str, float | None]:
        return {name: total / count if count else None for name, (total, count) in self._sums.items()}

    def to_json(self) -> dict[str, list[float]]:
        return {name: list(pair) for name, pair in self._sums.items()}


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch of so many rows left: its total loss, and what each head made of it."""

    num_rows: int
    loss: Tensor
    heads: Sequence[Compared]
    gradient_norm: Tensor | None = None

    def detached(self) -> "Batch":
        """The same without what the backward pass would need."""
        heads = [replace(head, loss=head.loss.detach()) for head in self.heads]
        return replace(self, loss=self.loss.detach(), heads=heads)


def join_parts(parts: Sequence[Batch]) -> Batch:
    """The batch of which these are parts."""
    if len(parts) == 1:
        return parts[0]
    heads = [
        Compared(
            torch.stack([one.loss for one in head]).sum(),
            _joined([one.answer for one in head]),
            _joined([one.target for one in head]),
        )
        for head in zip(*(part.heads for part in parts), strict=True)
    ]
    return Batch(parts[0].num_rows, torch.stack([part.loss for part in parts]).sum(), heads)


def _joined(tensors: Sequence[Tensor | None]) -> Tensor | None:
    known = [tensor for tensor in tensors if tensor is not None]
    return torch.cat(known) if known else None


class Pass:
    """One pass over rows: what its batches left until it is read, their means, and the tallies.

    `gather` makes whole batches of those whose rows here are only part of them.
    """

    def __init__(
        self,
        heads: Sequence[Head],
        gather: Callable[[Sequence[Batch]], Sequence[Batch]],
        *,
        means: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        self._heads = heads
        self._gather = gather
        self._batches: list[Batch] = []
        self._max_unread = MAX_UNREAD_BATCHES
        self.means = Means(means)
        self.tallies = [head.new_tallies() for head in heads]

    @property
    def num_unread(self) -> int:
        return len(self._batches)

    @property
    def is_full(self) -> bool:
        """Whether it is time to read, for what is unread takes memory."""
        return len(self._batches) >= self._max_unread

    def add(self, batch: Batch) -> None:
        if not self._batches:
            answers = [head.answer for head in batch.heads if head.answer is not None]
            num_values = sum(batch.num_rows * math.prod(answer.shape[1:]) for answer in answers)
            self._max_unread = min(MAX_UNREAD_BATCHES, max(1, MAX_UNREAD_VALUES // max(1, num_values)))
        self._batches.append(batch)

    def gradient_norms(self) -> list[tuple[int, float]]:
        """Of the unread batches whose gradients were measured: the place among them, and the norm."""
        norms = [(place, batch.gradient_norm) for place, batch in enumerate(self._batches)]
        return [(place, float(norm)) for place, norm in norms if norm is not None]

    def read(self) -> dict[str, list[float]]:
        """The values of each batch since the last reading, by name: its loss, and the means of its measures."""
        batches, self._batches = self._gather(self._batches), []
        sizes = [batch.num_rows for batch in batches]
        values = {"loss": self._read_losses("loss", [batch.loss for batch in batches], sizes)}
        for index, head in enumerate(self._heads):
            if len(self._heads) > 1:
                name = f"{head.prefix}loss"
                values[name] = self._read_losses(name, [batch.heads[index].loss for batch in batches], sizes)
            if head.metrics:
                values |= self._read_metrics(head, self.tallies[index], [batch.heads[index] for batch in batches])
        return values

    def _read_metrics(
        self, head: Head, tallies: Mapping[str, Tally], compared: Sequence[Compared]
    ) -> dict[str, list[float]]:
        answers = [head.rows(one.answer) for one in compared if one.answer is not None]
        targets = [head.rows(one.target) for one in compared if one.target is not None]
        for tally in tallies.values():
            if tally.in_bulk:
                tally.update(torch.cat(answers), torch.cat(targets))
            else:
                for answer, target in zip(answers, targets, strict=True):
                    tally.update(answer, target)
        return self._read_measures(head, torch.cat(answers), torch.cat(targets), targets)

    def _read_losses(self, name: str, losses: Sequence[Tensor], sizes: Sequence[int]) -> list[float]:
        numbers: list[float] = torch.stack(list(losses)).detach().tolist()
        for number, size in zip(numbers, sizes, strict=True):
            self.means.add(name, number * size, size)
        return numbers

    def _read_measures(
        self, head: Head, output: Tensor, target: Tensor, targets: Sequence[Tensor]
    ) -> dict[str, list[float]]:
        values = {}
        for metric, measure in head.measures.items():
            name = head.prefix + metric
            sums = sums_by_batch(measure(output, target), [target.shape[0] for target in targets])
            counts = [target.numel() for target in targets]
            for total, count in zip(sums, counts, strict=True):
                self.means.add(name, total, count)
            values[name] = [total / count for total, count in zip(sums, counts, strict=True)]
        return values

    def compute(self) -> dict[str, float | None]:
        """The values of the whole pass so far, by name; call `read` before."""
        return self.means.compute() | {name: tally.compute() for name, tally in self._named_tallies()}

    def tally_tensors(self) -> dict[str, Tensor]:
        return {
            f"tally.{name}.{key}": tensor.detach().to("cpu", copy=True)
            for name, tally in self._named_tallies()
            for key, tensor in tally.state().items()
        }

    def load_tallies(self, tensors: Mapping[str, Tensor], device: str) -> None:
        for name, tally in self._named_tallies():
            prefix = f"tally.{name}."
            state = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
            tally.load({key: tensor.to(device) for key, tensor in state.items()})

    def _named_tallies(self) -> Iterator[tuple[str, Tally]]:
        for head, tallies in zip(self._heads, self.tallies, strict=True):
            for name, tally in tallies.items():
                yield head.prefix + name, tally
