"""Eager PyTorch by hand: `python -m tests.bench.gpu_eager TASK`, a contender of `tests.bench.gpu`.

The network and the tensors of the job, on its device; autocast, Adam as it comes, a batch by indexing, each step's loss
kept where it is until the turn ends.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from tests.bench.turns import Turns, read_task
from trainer.training.heads import compare_all
from trainer.training.job import read_job
from trainer.training.setup import Setup, set_up


def main() -> None:
    task = read_task()
    setup = set_up(read_job(Path(task["job"])))
    optimizer = torch.optim.Adam(setup.compiled.network.parameters(), lr=1e-3)
    batches = endless_batches(setup, task["batch_size"])
    turns = Turns(task["num_steps"])
    losses: list[float] = []
    while turns.begin():
        kept = [step(setup, optimizer, rows) for rows in islice(batches, task["num_steps"])]
        losses += torch.stack(kept).tolist()


def endless_batches(setup: Setup, batch_size: int) -> Iterator[Tensor]:
    while True:
        yield from torch.randperm(setup.splits["train"].num_rows, device=setup.arithmetic.device).split(batch_size)


def step(setup: Setup, optimizer: torch.optim.Optimizer, rows: Tensor) -> Tensor:
    inputs, targets = setup.splits["train"].take(rows)
    optimizer.zero_grad()
    with setup.precision.autocast():
        loss, _ = compare_all(setup.heads, setup.compiled.run(*inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.detach()


if __name__ == "__main__":
    main()
