"""Two optimizers as one: for what trains some parameters in its own way and leaves the rest to another."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import Parameter
from torch.optim import Optimizer

Divide = Callable[[Sequence[Parameter]], list[dict[str, Any]]]  # parameters -> the groups they make
REST_OF_MUON = ("lr", "weight_decay")
REST_OF_SPARSE = ("lr", "betas", "eps", "maximize")


class SplitOptimizer(Optimizer):
    """Steps each of its `parts`. Their groups and states are its own, so that schedules and checkpoints see one."""

    def __init__(self, *parts: Optimizer) -> None:
        self.parts = parts
        super().__init__([group for part in parts for group in part.param_groups], {})
        self._share()

    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        for part in self.parts:
            part.step()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        groups = iter(self.param_groups)
        for part in self.parts:
            part.param_groups = [next(groups) for _ in part.param_groups]
            part.state = self.state


def as_one_group(parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    return [{"params": list(parameters)}]


def split_muon(network: nn.Module, divide: Divide = as_one_group, **params: Any) -> Optimizer | None:
    """Muon for the matrices that train, AdamW for the rest. None where there is no matrix."""
    matrices = _matrices(network)
    main = torch.optim.Muon(divide(matrices), **params) if matrices else None
    return main and _with_rest(main, matrices, torch.optim.AdamW, network, divide, REST_OF_MUON)


def split_sparse_adam(network: nn.Module, divide: Divide = as_one_group, **params: Any) -> Optimizer | None:
    """SparseAdam for the embeddings, which become sparse, Adam for the rest. None where there is no embedding."""
    tables = _make_sparse(network)
    main = torch.optim.SparseAdam(divide(tables), **params) if tables else None
    return main and _with_rest(main, tables, torch.optim.Adam, network, divide, REST_OF_SPARSE)


def _with_rest(
    main: Optimizer,
    chosen: list[Parameter],
    second: type[Optimizer],
    network: nn.Module,
    divide: Divide,
    shared: tuple[str, ...],
) -> Optimizer:
    """`main`, which has those `chosen`, and `second` with its `shared` settings for the others that train."""
    ids = {id(parameter) for parameter in chosen}
    rest = [parameter for parameter in network.parameters() if parameter.requires_grad and id(parameter) not in ids]
    if not rest:
        return main
    settings = {name: main.defaults[name] for name in shared}
    return SplitOptimizer(main, second(divide(rest), **settings))


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


def chosen_parameters(type_: str, network: nn.Module) -> list[Parameter]:
    """The parameters that Muon or SparseAdam take for themselves, whose tables become sparse; none with any other."""
    match type_:
        case "Muon":
            return _matrices(network)
        case "SparseAdam":
            return _make_sparse(network)
        case _:
            return []
