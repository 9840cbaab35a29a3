"""A run for a network that one device does not hold: weights, gradients and the optimizer's memory are divided too.

torch's FSDP2 does it: each process keeps a part of every parameter, and a block's whole weights exist only while it
computes. What leaves the team is whole again: a checkpoint of it is like any other, and can go on in any number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from trainer.errors import UserError
from trainer.training.heads import Head
from trainer.training.optimizers import optimizer_from_tensors, optimizer_to_tensors
from trainer.training.parallel.alone import States
from trainer.training.parallel.team import Team
from trainer.training.parallel.units import units


class ShardedTeam(Team):
    """One of the processes among which a network is divided."""

    def adopt(self, network: nn.Module, heads: Sequence[Head], *, batch_size: int) -> list[UserError]:
        notices = super().adopt(network, heads, batch_size=batch_size)
        device = next(network.parameters()).device.type
        mesh = init_device_mesh(device, (self.size,))
        for unit in [*units(network), network]:
            fully_shard(unit, mesh=mesh)
            assert isinstance(unit, FSDPModule)
            unit.set_gradient_divide_factor(1.0)  # losses are shares of the batch's: their gradients add up
            unit.set_force_sum_reduction_for_comms(True)  # gloo knows no other
        return notices

    def add_gradients(self, parameters: Sequence[Tensor], *, num_rows: int) -> None:
        """Only the buffers: the gradients were added up as they came about."""
        super().add_gradients((), num_rows=num_rows)

    def whole(self, tensor: Tensor) -> Tensor:
        return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor

    def copy(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All take part for each tensor in turn, for what is tied is known where there is a part of it.

        One of them is whole on the device at a time.
        """
        copies: dict[object, Tensor] = {}
        names = {}
        for name, tensor in tensors.items():
            gathered = self.whole(tensor.detach())
            if self.leads:
                names[name] = part = _place(tensor)
                if part not in copies:
                    copies[part] = gathered.to("cpu", copy=True).contiguous()
        return {name: copies[part] for name, part in names.items()}

    def copy_optimizer(self, optimizer: Optimizer) -> States:
        states = optimizer_to_tensors(optimizer, self._whole_where_it_leads)
        return states if self.leads else ({}, {})

    def _whole_where_it_leads(self, tensor: Tensor) -> Tensor:
        gathered = self.whole(tensor)
        return gathered if self.leads else gathered.new_empty(0)

    def load(self, network: nn.Module, weights: Mapping[str, Tensor]) -> None:
        """Each takes its parts of what the one that leads has."""
        state = network.state_dict()
        if self.leads and state.keys() != weights.keys():
            raise RuntimeError(f"the names are others: {sorted(state.keys() ^ weights.keys())}")
        for name, own in state.items():
            given = weights[name] if self.leads else torch.empty(own.shape, dtype=own.dtype)
            with torch.no_grad():
                own.copy_(self._divide(given, own))

    def load_optimizer(self, optimizer: Optimizer, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Moments of a parameter's shape are divided as it is; what counts its steps is not."""
        optimizer_from_tensors(optimizer, tensors, state)
        for parameter, moments in optimizer.state.items():
            for name, moment in moments.items():
                if isinstance(moment, Tensor) and moment.shape == parameter.shape and moment.dim():
                    moments[name] = self._divide(moment, parameter)

    def _divide(self, whole: Tensor, like: Tensor) -> Tensor:
        if not isinstance(like, DTensor):
            whole = whole.to(like.device)
            torch.distributed.broadcast(whole, src=0)
            return whole
        return distribute_tensor(whole.to(like.device), like.device_mesh, like.placements)


def _place(tensor: Tensor) -> object:
    """The same for names of one tensor, as they are tied."""
    own = tensor.to_local() if isinstance(tensor, DTensor) else tensor
    return (own.data_ptr(), tensor.shape, tensor.dtype) if own.numel() else object()
