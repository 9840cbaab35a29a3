"""The optimizer that a run's settings name, built as torch has it, and its state for checkpoints."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.optim import Optimizer

from trainer.errors import UserError
from trainer.training.config import OptimizerConfig
from trainer.training.split_optimizer import SplitOptimizer

REST_OF_MUON = ("lr", "weight_decay")
REST_OF_SPARSE = ("lr", "betas", "eps", "maximize")


def build_optimizer(config: OptimizerConfig, network: nn.Module, *, fused: bool) -> Optimizer:
    """The optimizer of all parameters of `network` that train. Raises UserError `training.*` where there are none.

    Muon takes the matrices and leaves the rest to AdamW; SparseAdam takes the embeddings, which it makes sparse, and
    leaves the rest to Adam.
    """
    params = {name: tuple(value) if isinstance(value, list) else value for name, value in config.params.items()}
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not parameters:
        raise UserError("training.no_parameters", path="graph")
    match config.type:
        case "Muon":
            matrices = _matrices(network)
            if not matrices:
                raise UserError("training.no_matrices", path="config.optimizer.type")
            return _split(torch.optim.Muon, matrices, params, torch.optim.AdamW, parameters, REST_OF_MUON)
        case "SparseAdam":
            tables = _make_sparse(network)
            if not tables:
                raise UserError("training.no_embeddings", path="config.optimizer.type")
            return _split(torch.optim.SparseAdam, tables, params, torch.optim.Adam, parameters, REST_OF_SPARSE)
    if fused:
        params["fused"] = True
    optimizer: Optimizer = getattr(torch.optim, config.type)(parameters, **params)
    return optimizer


def needs_closure(optimizer: Optimizer) -> bool:
    """Whether a step computes the loss by itself, and more than once."""
    return isinstance(optimizer, torch.optim.LBFGS)


def _split(
    first: type[Optimizer],
    chosen: list[Parameter],
    params: Mapping[str, Any],
    second: type[Optimizer],
    parameters: list[Parameter],
    shared: tuple[str, ...],
) -> Optimizer:
    """`first` for the parameters `chosen`, `second` with its `shared` settings for the others."""
    ids = {id(parameter) for parameter in chosen}
    rest = [parameter for parameter in parameters if id(parameter) not in ids]
    main: Optimizer = first(chosen, **params)
    if not rest:
        return main
    settings = {name: main.param_groups[0][name] for name in shared}
    return SplitOptimizer(main, second(rest, **settings))


def _matrices(network: nn.Module) -> list[Parameter]:
    """The parameters of two axes that train and are no table of embeddings."""
    tables = {id(module.weight) for module in network.modules() if isinstance(module, nn.Embedding | nn.EmbeddingBag)}
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad and parameter.dim() == 2]
    return [parameter for parameter in trained if id(parameter) not in tables]


def _make_sparse(network: nn.Module) -> list[Parameter]:
    """Let each table of embeddings that nothing else uses give sparse gradients; the tables."""
    uses = Counter(id(parameter) for module in network.modules() for parameter in module.parameters(recurse=False))
    tables: list[Parameter] = []
    for module in network.modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag) and module.weight.requires_grad:
            largest = isinstance(module, nn.EmbeddingBag) and module.mode == "max"  # torch has it for dense only
            if uses[id(module.weight)] == 1 and not largest:
                module.sparse = True
                tables.append(module.weight)  # type: ignore[arg-type]
    return tables


def optimizer_to_tensors(optimizer: Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's state as named tensors, copied, on the CPU; and all that is no tensor as JSON."""
    state_dict = optimizer.state_dict()
    tensors: dict[str, Tensor] = {}
    state = {
        str(index): {name: _pack(value, f"optimizer.{index}.{name}", tensors) for name, value in values.items()}
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


def _pack(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        tensors[name] = value.detach().to("cpu", copy=True).contiguous()
        return {"tensor": name}
    if isinstance(value, list):
        return [_pack(entry, f"{name}.{place}", tensors) for place, entry in enumerate(value)]
    return value


def _unpack(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, dict):
        return tensors[value["tensor"]]
    if isinstance(value, list):
        return [_unpack(entry, tensors) for entry in value]
    return value
