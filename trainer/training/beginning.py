"""What weights a run begins with: random ones, or those of another run or of an imported file, where they fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from trainer.errors import UserError
from trainer.training.checkpoint import load_weights, read_checkpoint
from trainer.training.job import Job
from trainer.training.optimizers import optimizer_from_tensors
from trainer.training.parallel.alone import Alone

MAX_NAMED = 10


@dataclass(frozen=True, slots=True)
class Carried:
    """Which tensors of the network were taken over by name and shape.

    `fresh` have no tensor of their name there, `reshaped` one of another shape: both begin random. `unused` are those
    there that the network has not.
    """

    taken: tuple[str, ...]
    fresh: tuple[str, ...]
    reshaped: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not (self.fresh or self.reshaped or self.unused)

    def to_json(self) -> dict[str, Any]:
        names = {"taken": self.taken, "fresh": self.fresh, "reshaped": self.reshaped, "unused": self.unused}
        return {key: list(value) for key, value in names.items()}


def begin_with(job: Job, network: nn.Module) -> Carried | None:
    """Take over what fits of the weights that the job names. Raises UserError `training.weights_mismatch`."""
    if job.initial_weights is not None:
        return _carry(network, read_checkpoint(job.initial_weights).weights, path="initial_weights")
    if job.imported_weights is not None:
        return _carry(network, load_weights(job.imported_weights), path="weights")
    return None


def carried_notice(carried: Carried) -> UserError:
    """A sentence on what was taken over and what not."""
    left = [*carried.fresh, *carried.reshaped]
    names = ", ".join(left[:MAX_NAMED]) + (", ..." if len(left) > MAX_NAMED else "")
    if not left:
        return UserError("training.carried_all", count=len(carried.taken))
    return UserError("training.carried_some", count=len(carried.taken), num_fresh=len(left), fresh=names)


def load_all(team: Alone, network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """The weights of the network itself, none missing. Raises UserError `training.weights_mismatch`."""
    try:
        team.load(network, weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise UserError("training.weights_mismatch", path="resume", reason=reason[:400]) from error


def carry_optimizer(job: Job, optimizer: Optimizer, carried: Carried) -> None:
    """Take over the running means of another run's optimizer, with this run's own settings.

    Raises UserError `training.optimizer_mismatch` where it is another optimizer, or its weights are not all these.
    """
    assert job.initial_weights is not None
    snapshot, wanted = read_checkpoint(job.initial_weights), job.config.optimizer.type
    if snapshot.state["optimizer"]["type"] != wanted:
        raise UserError("training.optimizer_mismatch", path="config.optimizer.type", received=wanted)
    if not carried.is_whole:
        raise UserError("training.optimizer_mismatch", path="carry", received=wanted)
    try:
        own = {"groups": optimizer.state_dict()["param_groups"], "state": snapshot.state["optimizer"]["state"]}
        optimizer_from_tensors(optimizer, snapshot.tensors, own)
    except (ValueError, RuntimeError) as error:
        raise UserError("training.optimizer_mismatch", path="carry", received=wanted) from error


def _carry(network: nn.Module, weights: Mapping[str, Tensor], *, path: str) -> Carried:
    own = network.state_dict()
    fitting = {name: tensor for name, tensor in weights.items() if name in own and own[name].shape == tensor.shape}
    if not fitting:
        raise UserError("training.weights_mismatch", path=path, reason="no name and shape is that of a layer")
    network.load_state_dict(own | fitting)
    return Carried(
        taken=tuple(name for name in own if name in fitting),
        fresh=tuple(name for name in own if name not in weights),
        reshaped=tuple(name for name in own if name in weights and name not in fitting),
        unused=tuple(name for name in weights if name not in own),
    )
