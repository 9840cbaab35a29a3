"""The rows of a split where the training happens: tensors on the device, a batch by its row numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from torch import Tensor

from trainer.data.prepare import TensorSplit
from trainer.data.rescale import Rescale


@dataclass(frozen=True, slots=True)
class ResidentSplit:
    """Inputs as the network takes them, targets in the order of the Outputs that have a column, each `[N, ...]`.

    `device` is where row numbers are expected.
    """

    inputs: tuple[Tensor, ...]
    targets: tuple[Tensor, ...]
    transforms: tuple[Rescale | None, ...]
    num_rows: int
    device: str

    @classmethod
    def place(cls, split: TensorSplit, inputs: Sequence[str], outputs: Sequence[str], device: str) -> Self:
        transforms = [split.transforms.get(name) for name in inputs]
        return cls(
            inputs=tuple(split.inputs[name].to(device) for name in inputs),
            targets=tuple(split.targets[name].to(device) for name in outputs),
            transforms=tuple(transform and transform.to(device) for transform in transforms),
            num_rows=split.num_rows,
            device=device,
        )

    def take(self, rows: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The inputs and targets of `rows`, int64 `[B]`, each `[B, ...]`."""
        inputs = [tensor.index_select(0, rows) for tensor in self.inputs]
        return self._transformed(inputs), [tensor.index_select(0, rows) for tensor in self.targets]

    def batches(self, batches: Iterable[Tensor]) -> Iterator[tuple[list[Tensor], list[Tensor]]]:
        """What `take` gives of each of `batches`, in their order."""
        return map(self.take, batches)

    def slice(self, start: int, stop: int) -> tuple[list[Tensor], list[Tensor]]:
        """Neighbouring rows, not copied."""
        inputs = [tensor[start:stop] for tensor in self.inputs]
        return self._transformed(inputs), [tensor[start:stop] for tensor in self.targets]

    def _transformed(self, inputs: list[Tensor]) -> list[Tensor]:
        return [
            tensor if transform is None else transform(tensor)
            for tensor, transform in zip(inputs, self.transforms, strict=True)
        ]
