"""One training step on the CPU, so that libraries are loaded and threads started before a run comes."""

import torch
from torch import nn


def warm_up() -> None:
    """Touches no GPU: a process that waits holds no memory there."""
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 2))
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    rows = torch.arange(4)
    loss = nn.functional.cross_entropy(network(torch.zeros(4, 1, 8, 8).index_select(0, rows)), rows % 2)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
