"""The optimizer that a run's settings name, built as torch has it, and its state for checkpoints."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainer.errors import UserError
from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.config import OptimizerConfig, RunConfig
from trainer.training.parameter_groups import ParameterGroups
from trainer.training.split_optimizer import Divide, as_one_group, split_muon, split_sparse_adam

SPLITS: Mapping[str, tuple[Callable[..., Optimizer | None], str]] = {
    "Muon": (split_muon, "training.no_matrices"),
    "SparseAdam": (split_sparse_adam, "training.no_embeddings"),
}


def build_optimizer(
    config: OptimizerConfig, network: nn.Module, *, fused: bool, groups: ParameterGroups | None = None
) -> Optimizer:
    """The optimizer of all parameters of `network` that train. Raises UserError `training.*` where there are none.

    Muon takes the matrices and leaves the rest to AdamW; SparseAdam takes the embeddings, which it makes sparse, and
    leaves the rest to Adam.
    """
    params = {name: tuple(value) if isinstance(value, list) else value for name, value in config.params.items()}
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not parameters:
        raise UserError("training.no_parameters", path="graph")
    divide = _division(config, groups)
    if config.type in SPLITS:
        split, lacking = SPLITS[config.type]
        both = split(network, divide, **params)
        if both is None:
            raise UserError(lacking, path="config.optimizer.type")
        return both
    if fused:
        params["fused"] = True
    optimizer: Optimizer = getattr(torch.optim, config.type)(divide(parameters), **params)
    return optimizer


def _division(config: OptimizerConfig, groups: ParameterGroups | None) -> Divide:
    """How parameters become the groups of this optimizer."""
    if groups is None or groups.is_plain:
        return as_one_group
    defaults = OPTIMIZERS[config.type].defaults
    if config.type == "LBFGS" or (groups.no_decay and "weight_decay" not in defaults):
        raise UserError("training.no_groups", path="config.optimizer.type", received=config.type)
    rate = float({**defaults, **config.params}["lr"])
    return lambda parameters: groups.divide(parameters, rate=rate)


def refuse_unfit(config: RunConfig) -> None:
    """Raises UserError `training.*` for what the optimizer cannot do: LBFGS scale a loss, SparseAdam clip."""
    if config.optimizer.type == "LBFGS" and config.precision == "float16":
        raise UserError("training.no_scaling", path="config.precision", received=config.optimizer.type)
    gradients = config.gradients
    clips = gradients.clip_norm is not None or gradients.clip_value is not None
    if config.optimizer.type == "SparseAdam" and clips:
        raise UserError("training.no_clipping", path="config.gradients", received=config.optimizer.type)


def needs_closure(optimizer: Optimizer) -> bool:
    """Whether a step computes the loss by itself, and more than once."""
    return isinstance(optimizer, torch.optim.LBFGS)


def optimizer_to_tensors(
    optimizer: Optimizer, whole: Callable[[Tensor], Tensor] = Tensor.detach
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's state as named tensors, copied, on the CPU; and all that is no tensor as JSON.

    `whole` makes one tensor of what is divided among several devices.
    """
    state_dict = optimizer.state_dict()
    tensors: dict[str, Tensor] = {}
    state = {
        str(index): {name: _pack(value, f"optimizer.{index}.{name}", tensors, whole) for name, value in values.items()}
        for index, values in state_dict["state"].items()
    }
    return tensors, {"groups": state_dict["param_groups"], "state": state}


def optimizer_from_tensors(optimizer: Optimizer, tensors: Mapping[str, Tensor], packed: Mapping[str, Any]) -> None:
    """Put back what `optimizer_to_tensors` took."""
    state = {
        int(index): {name: _unpack(value, tensors) for name, value in values.items()}
        for index, values in packed["state"].items()
    }
    groups = [
        {name: tuple(value) if isinstance(present.get(name), tuple) else value for name, value in group.items()}
        for present, group in zip(optimizer.param_groups, packed["groups"], strict=True)
    ]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    _lay_like_parameters(optimizer)


def _lay_like_parameters(optimizer: Optimizer) -> None:
    """Have what is kept of a parameter lie as the parameter lies: fused steps go through both in one line."""
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape and value.stride() != parameter.stride():
                values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _pack(value: Any, name: str, tensors: dict[str, Tensor], whole: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        tensors[name] = whole(value).detach().to("cpu", copy=True).contiguous()
        return {"tensor": name}
    if isinstance(value, list):
        return [_pack(entry, f"{name}.{place}", tensors, whole) for place, entry in enumerate(value)]
    return value


def _unpack(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, dict):
        return tensors[value["tensor"]]
    if isinstance(value, list):
        return [_unpack(entry, tensors) for entry in value]
    return value
