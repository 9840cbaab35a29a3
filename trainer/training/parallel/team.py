"""A run shared out among processes: each takes its rows of every batch, and together they make one step of it.

What is right of it does not depend on torch's DistributedDataParallel, which gives every process the same weight and
wants a batch of each: here the gradients are sums over the rows of the whole batch, so that an uneven last batch is
still the exact mean, one process may have no rows at all, and the batches that gradients are added up over cost one
message, not one each.

W processes, B rows of a batch, b of them here.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer

from trainer.errors import UserError
from trainer.training.control import Control
from trainer.training.heads import Compared, Head
from trainer.training.parallel.alone import Alone, Answer, Forward, LostProcess, States
from trainer.training.parallel.pace import SharedPace
from trainer.training.parallel.shares import BUCKET_BYTES, pieces, share
from trainer.training.parallel.weighing import adds_up, weighs_targets, weight_of_targets
from trainer.training.random_states import seed_all
from trainer.training.record import Batch
from trainer.training.reporter import Reporter

BATCH_NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class Team(Alone):
    """One of the processes of torch's process group, which must have been made. The first one leads.

    After each step all have the same network, to the last bit.
    """

    def __init__(self) -> None:
        self.rank = dist.get_rank()
        self.size = dist.get_world_size()
        self.leads = self.rank == 0
        self._least = 1
        self._buffers: list[Tensor] = []
        self._heads: Sequence[Head] = ()
        self._weighed: Sequence[bool] = ()

    def adopt(self, network: nn.Module, heads: Sequence[Head], *, batch_size: int) -> list[UserError]:
        """Raises UserError `training.parallel_norm_rows` where a process would have one row to normalize by."""
        if batch_size < self.size:
            raise UserError(
                "training.parallel_rows", path="config.parallel.processes", received=self.size, expected=batch_size
            )
        self._take_heads(heads)
        if not self.leads:  # what is drawn from now on, as by dropout, is each process' own
            seed_all(torch.initial_seed() + self.rank)
        has_norms = any(isinstance(module, BATCH_NORMS) for module in network.modules())
        on_gpu = any(parameter.is_cuda for parameter in network.parameters())
        if has_norms and on_gpu:
            nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
            return []
        self._buffers = [buffer for buffer in network.buffers() if buffer.is_floating_point()]
        if not has_norms:
            return []
        self._least = 2
        if batch_size < 2 * self.size:
            raise UserError(
                "training.parallel_norm_rows",
                path="config.batch_size",
                processes=self.size,
                received=batch_size,
                expected=2 * self.size,
            )
        rows = -(-batch_size // self.size)
        return [UserError("training.parallel_batch_norm", rows=rows, batch_size=batch_size, processes=self.size)]

    def _take_heads(self, heads: Sequence[Head]) -> None:
        """Let a mean by the weights of all processes' targets be computed as a sum, which is then divided."""
        self._heads = heads
        self._weighed = [weighs_targets(head) for head in heads]
        for head, is_weighed in zip(heads, self._weighed, strict=True):
            if is_weighed:
                head.loss.reduction = "sum"  # type: ignore[assignment]

    def agree(self, value: Answer) -> Answer:
        values = [value]
        dist.broadcast_object_list(values, src=0, device=torch.device("cpu"))
        return values[0]

    def unite(self, notes: Sequence[str]) -> list[str]:
        everywhere: list[Any] = [None] * self.size
        dist.all_gather_object(everywhere, notes)
        return list(dict.fromkeys(chain.from_iterable(everywhere)))

    def notice_loss(self, error: Exception) -> None:
        if tells_loss(error):
            raise LostProcess from error

    def pace(self, control: Control, reporter: Reporter) -> SharedPace:
        return SharedPace(self.agree)

    # -- rows

    def span(self, start: int, stop: int) -> tuple[int, int]:
        first, last = share(stop - start, size=self.size, rank=self.rank, least=self._least)
        return (start + first, start + last) if last > first else (start, start + 1)

    def own(self, rows: Tensor) -> Tensor:
        start, stop = self.span(0, len(rows))
        return rows[start:stop]

    def parts(
        self, forward: Forward, inputs: Sequence[Tensor], targets: Sequence[Tensor], *, num_rows: int, at_once: int
    ) -> Iterator[Batch]:
        counts = [self._num_rows_of(rank, num_rows) for rank in range(self.size)]
        own = [
            (piece, [tensor[piece.rows] for tensor in inputs], [tensor[piece.rows] for tensor in targets])
            for piece in pieces(counts, rank=self.rank, at_once=-(-at_once // self.size), least=self._least)
        ]
        rows_that_count = counts[self.rank]
        factors = self._factors([tensor[:rows_that_count] for tensor in inputs], [t[:rows_that_count] for t in targets])
        for piece, piece_inputs, piece_targets in own:
            batch = forward(piece_inputs, piece_targets)
            shares = [
                piece.num_own / num_rows if factor is None else factor * (piece.num_own > 0) for factor in factors
            ]
            yield self._part_of(batch, shares, num_own=piece.num_own, num_rows=num_rows)

    def _factors(self, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> list[Tensor | float | None]:
        """Of each head, what makes its loss of rows here a share of the batch's; None where their number says it."""
        factors: list[Tensor | float | None] = []
        for head, is_weighed in zip(self._heads, self._weighed, strict=True):
            if is_weighed:
                weight = weight_of_targets(head, inputs, targets)
                dist.all_reduce(weight)
                factors.append(1 / weight)
            else:
                factors.append(1.0 if adds_up(head) else None)
        return factors

    def _part_of(self, batch: Batch, shares: Sequence[Tensor | float], *, num_own: int, num_rows: int) -> Batch:
        compared = [
            Compared(one.loss * share, _first(one.answer, num_own), _first(one.target, num_own))
            for one, share in zip(batch.heads, shares, strict=True)
        ]
        losses = [one.loss * head.weight for one, head in zip(compared, self._heads, strict=True)]
        return Batch(num_rows, torch.stack(losses).sum(), compared)

    def _num_rows_of(self, rank: int, num_rows: int) -> int:
        first, last = share(num_rows, size=self.size, rank=rank, least=self._least)
        return last - first

    # -- a step

    def add_gradients(self, parameters: Sequence[Tensor], *, num_rows: int) -> None:
        """The sum over all processes; and of the buffers, such as a normalization's running means, the mean by rows."""
        part = self._num_rows_of(self.rank, num_rows) / num_rows
        for buffer in self._buffers:
            buffer.mul_(part)
        self._add([parameter.grad for parameter in parameters if parameter.grad is not None] + self._buffers)

    def _add(self, tensors: Sequence[Tensor]) -> None:
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.detach().reshape(-1) for tensor in bucket])
            dist.all_reduce(flat)
            parts = torch.split(flat, [tensor.numel() for tensor in bucket])
            for tensor, numbers in zip(bucket, parts, strict=True):
                tensor.detach().copy_(numbers.view(tensor.shape))

    def gather(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        if not batches:
            return batches
        losses = torch.stack([torch.stack([b.loss, *(head.loss for head in b.heads)]) for b in batches]).detach()
        dist.all_reduce(losses)  # [batches, 1 + heads]
        sizes = [batch.num_rows for batch in batches]
        heads = [
            self._gather_head([batch.heads[place] for batch in batches], sizes, losses[:, 1 + place])
            for place in range(len(batches[0].heads))
        ]
        return [
            Batch(batch.num_rows, loss, compared, batch.gradient_norm)
            for batch, loss, *compared in zip(batches, losses[:, 0], *heads, strict=True)
        ]

    def _gather_head(self, parts: Sequence[Compared], sizes: Sequence[int], losses: Tensor) -> list[Compared]:
        answers = self._gather_rows([part.answer for part in parts], sizes)
        targets = self._gather_rows([part.target for part in parts], sizes)
        return [Compared(*one) for one in zip(losses, answers, targets, strict=True)]

    def _gather_rows(self, parts: Sequence[Tensor | None], sizes: Sequence[int]) -> list[Tensor] | list[None]:
        """The rows of each batch from all processes, in their order; `parts` are those here, [b, ...] each."""
        own = [part for part in parts if part is not None]
        if not own:
            return [None] * len(parts)
        counts = [[self._num_rows_of(rank, num_rows) for num_rows in sizes] for rank in range(self.size)]
        most = max(sum(of_rank) for of_rank in counts)
        here = torch.cat(own)
        padded = torch.cat([here, here.new_zeros((most - len(here), *here.shape[1:]))])
        bytes_here = padded.contiguous().reshape(-1).view(torch.uint8)  # for there are types that cannot be sent
        everywhere = [torch.empty_like(bytes_here) for _ in range(self.size)]
        dist.all_gather(everywhere, bytes_here)
        rows = [one.view(here.dtype).reshape(padded.shape) for one in everywhere]
        by_rank = [torch.split(one[: sum(of_rank)], of_rank) for one, of_rank in zip(rows, counts, strict=True)]
        return [torch.cat(batch) for batch in zip(*by_rank, strict=True)]

    # -- checkpoints

    def copy(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return super().copy(tensors) if self.leads else {}

    def copy_optimizer(self, optimizer: Optimizer) -> States:
        return super().copy_optimizer(optimizer) if self.leads else ({}, {})

    def copy_random_states(self) -> States:
        """Those of the process that leads as one alone has them, and those of the others beside them."""
        tensors, state = super().copy_random_states()
        gathered: list[Any] = [None] * self.size
        dist.gather_object((tensors, state), gathered if self.leads else None)
        if not self.leads:
            return {}, {}
        others = {
            f"process{rank}.{name}": tensor
            for rank, (of_rank, _) in enumerate(gathered[1:], start=1)
            for name, tensor in of_rank.items()
        }
        return tensors | others, {**state, "others": [of_rank for _, of_rank in gathered[1:]]}

    def restore_random_states(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Those of this process, where the checkpoint was written by as many; else they stay as the seed has them."""
        others = state.get("others", [])
        if self.leads:
            super().restore_random_states(tensors, state)
        elif len(others) == self.size - 1:
            prefix = f"process{self.rank}."
            own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
            super().restore_random_states(own, others[self.rank - 1])

    def load(self, network: nn.Module, weights: Mapping[str, Tensor]) -> None:
        if self.leads:
            super().load(network, weights)
        for tensor in network.state_dict().values():
            dist.broadcast(tensor, src=0)


def tells_loss(error: Exception) -> bool:
    """Whether `error` only says that another process is gone."""
    return isinstance(error, dist.DistError) or "gloo/transport" in str(error)


def _first(tensor: Tensor | None, num_rows: int) -> Tensor | None:
    return None if tensor is None else tensor[:num_rows]


def _buckets(tensors: Sequence[Tensor]) -> list[list[Tensor]]:
    """The tensors in their order, by type of number, so many together as make a message that is worth sending."""
    buckets: dict[torch.dtype, list[list[Tensor]]] = {}
    room: dict[torch.dtype, int] = {}
    for tensor in tensors:
        if room.get(tensor.dtype, 0) <= 0:
            buckets.setdefault(tensor.dtype, []).append([])
            room[tensor.dtype] = BUCKET_BYTES
        buckets[tensor.dtype][-1].append(tensor)
        room[tensor.dtype] -= tensor.nbytes
    return [bucket for of_type in buckets.values() for bucket in of_type]
