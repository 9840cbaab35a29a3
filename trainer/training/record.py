"""What is kept of the steps: scalar tensors until they are read a few times a second, and their sums over the epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from trainer.training.heads import Head
from trainer.training.metrics import Tally


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


class Pass:
    """One pass over rows: the values of its batches until they are read, their means, and the tallies."""

    def __init__(self, heads: Sequence[Head], *, means: Mapping[str, Sequence[float]] | None = None) -> None:
        self._heads = heads
        self.means = Means(means)
        self.tallies: dict[str, Tally] = {
            f"{head.prefix}{name}": tally for head in heads for name, tally in head.new_tallies().items()
        }
        several = len(heads) > 1
        self.names = ["loss"]
        for head in heads:
            self.names += [f"{head.prefix}loss"] if several else []
            self.names += [f"{head.prefix}{name}" for name in head.measures]
        self._several = several
        self._values: list[list[Tensor]] = [[] for _ in self.names]
        self._counts: list[list[int]] = [[] for _ in self.names]
        self.num_unread = 0

    def add(self, loss: Tensor, losses: Sequence[Tensor], outputs: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
        """Keep one batch: its total loss, the loss of each head, and what the heads' metrics say of it."""
        num_rows = outputs[0].shape[0]
        scalars, counts = [loss.detach()], [num_rows]
        for head, own_loss, output, target in zip(self._heads, losses, outputs, targets, strict=True):
            output = output.detach()
            if self._several:
                scalars.append(own_loss.detach())
                counts.append(num_rows)
            for measure in head.measures.values():
                scalars.append(measure(output, target))
                counts.append(target.numel())
            if self.tallies:
                for name in head.metrics:
                    tally = self.tallies.get(head.prefix + name)
                    if tally is not None:
                        tally.update(output, target)
        for values, scalar in zip(self._values, scalars, strict=True):
            values.append(scalar)
        for list_, count in zip(self._counts, counts, strict=True):
            list_.append(count)
        self.num_unread += 1

    def read(self) -> dict[str, list[float]]:
        """The values a batch since the last reading, by name; a loss as it is, a measure as the mean of its batch."""
        read = {}
        for name, values, counts in zip(self.names, self._values, self._counts, strict=True):
            numbers = torch.stack(values).tolist() if values else []
            is_loss = name.endswith("loss")
            for number, count in zip(numbers, counts, strict=True):
                self.means.add(name, number * count if is_loss else number, count)
            read[name] = numbers if is_loss else [number / count for number, count in zip(numbers, counts, strict=True)]
            values.clear()
            counts.clear()
        self.num_unread = 0
        return read

    def compute(self) -> dict[str, float | None]:
        """The values of the whole pass so far, by name; call `read` before."""
        return self.means.compute() | {name: tally.compute() for name, tally in self.tallies.items()}

    def tally_tensors(self) -> dict[str, Tensor]:
        return {
            f"tally.{name}.{key}": tensor.detach().cpu().clone()
            for name, tally in self.tallies.items()
            for key, tensor in tally.state().items()
        }

    def load_tallies(self, tensors: Mapping[str, Tensor], device: Any) -> None:
        for name, tally in self.tallies.items():
            prefix = f"tally.{name}."
            tally.load(
                {
                    key.removeprefix(prefix): tensor.to(device)
                    for key, tensor in tensors.items()
                    if key.startswith(prefix)
                }
            )
