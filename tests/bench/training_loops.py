"""Training by hand: `python -m tests.bench.training_loops TASK`, a contender of `tests.bench.training`.

`TightLoop` keeps the tensors in memory, takes batches with `index_select` and steps with fused Adam; `PlainLoop` is the
usual one with a `DataLoader`. Both keep every step's loss, and no more.
"""

from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from tests.bench.training_data import load_rows
from tests.bench.training_networks import by_hand
from tests.bench.turns import Turns, read_task


class TightLoop:
    def __init__(self, network: nn.Module, images: Tensor, labels: Tensor, *, batch_size: int) -> None:
        self.network = network
        self.images, self.labels = images, labels
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
        self.batches = self._batches(batch_size)
        self.losses: list[float] = []

    def run(self, num_steps: int) -> None:
        network, images, labels, optimizer = self.network, self.images, self.labels, self.optimizer
        loss_function = nn.CrossEntropyLoss()
        losses = []
        for rows in islice(self.batches, num_steps):
            loss = loss_function(network(images.index_select(0, rows)), labels.index_select(0, rows))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.detach())
        self.losses += torch.stack(losses).tolist()

    def _batches(self, batch_size: int) -> Iterator[Tensor]:
        while True:
            yield from torch.randperm(len(self.images)).split(batch_size)


class PlainLoop:
    def __init__(self, network: nn.Module, images: Tensor, labels: Tensor, *, batch_size: int) -> None:
        self.network = network
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        self.batches = self._batches(DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=True))
        self.losses: list[float] = []

    def run(self, num_steps: int) -> None:
        network, optimizer = self.network, self.optimizer
        loss_function = nn.CrossEntropyLoss()
        for images, labels in islice(self.batches, num_steps):
            optimizer.zero_grad()
            loss = loss_function(network(images), labels)
            loss.backward()
            optimizer.step()
            self.losses.append(loss.item())

    @staticmethod
    def _batches(loader: DataLoader[tuple[Tensor, ...]]) -> Iterator[tuple[Tensor, ...]]:
        while True:
            yield from loader


LOOPS = {"tight": TightLoop, "plain": PlainLoop}


def main() -> None:
    task = read_task()
    torch.set_num_threads(1)
    images, labels = (torch.from_numpy(array) for array in load_rows(task["data"]))
    loop = LOOPS[task["loop"]](by_hand(task["network"]), images, labels, batch_size=task["batch_size"])
    turns = Turns(task["num_steps"])
    while turns.begin():
        loop.run(task["num_steps"])


if __name__ == "__main__":
    main()
