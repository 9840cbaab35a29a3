"""What training is measured against: the loops a practised person writes by hand, for one network and one data set.

`tight_loop` keeps the tensors in memory, takes batches with `index_select` and steps with fused Adam; `plain_loop` is
the usual one with a `DataLoader`. Both keep every step's loss, evaluate the validation rows after each epoch and the
test rows at the end, and no more.
"""

import time

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

Rows = tuple[Tensor, Tensor]


def tight_loop(network: nn.Module, train: Rows, val: Rows, test: Rows, *, epochs: int, batch_size: int) -> float:
    """Seconds for `epochs` epochs."""
    images, labels = train
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    losses = torch.empty(epochs * -(-len(images) // batch_size))
    step = 0
    started = time.perf_counter()
    for _ in range(epochs):
        network.train()
        for rows in torch.randperm(len(images)).split(batch_size):
            loss = loss_function(network(images.index_select(0, rows)), labels.index_select(0, rows))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses[step] = loss.detach()
            step += 1
        _accuracy(network, val)
    _accuracy(network, test)
    return time.perf_counter() - started


def plain_loop(network: nn.Module, train: Rows, val: Rows, test: Rows, *, epochs: int, batch_size: int) -> float:
    """Seconds for `epochs` epochs."""
    loader = DataLoader(TensorDataset(*train), batch_size=batch_size, shuffle=True)
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    started = time.perf_counter()
    for _ in range(epochs):
        network.train()
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_function(network(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        _accuracy(network, val)
    _accuracy(network, test)
    return time.perf_counter() - started


def _accuracy(network: nn.Module, rows: Rows) -> float:
    images, labels = rows
    network.eval()
    with torch.inference_mode():
        right = sum(
            (network(images[start : start + 1024]).argmax(1) == labels[start : start + 1024]).sum().item()
            for start in range(0, len(images), 1024)
        )
    return right / len(images)
