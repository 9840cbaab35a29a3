"""Which parameters train, and in groups: those of nodes with a rate of their own, those without weight decay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from torch import nn
from torch.nn import Parameter

from trainer.errors import UserError
from trainer.training.config import RunConfig

Group = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ParameterGroups:
    """How the parameters of a network are told apart. Rates go by the prefix of a parameter's name, a node's."""

    rates: Mapping[int, float]  # id of a parameter -> what its learning rate is multiplied by
    no_decay: frozenset[int]

    @classmethod
    def of(cls, network: nn.Module, config: RunConfig) -> Self:
        """Freeze what `config` freezes, and tell the others apart. Raises UserError `training.unknown_node`."""
        for name in config.frozen:
            for parameter in _parameters_of(network, name, "frozen"):
                parameter.requires_grad_(False)
        rates = {
            id(parameter): rate
            for name, rate in config.rates.items()
            for parameter in _parameters_of(network, name, f"rates.{name}")
        }
        thin = [parameter for parameter in network.parameters() if parameter.dim() < 2]
        return cls(rates, frozenset(map(id, thin)) if config.decay == "weights" else frozenset())

    @property
    def is_plain(self) -> bool:
        return not self.rates and not self.no_decay

    def divide(self, parameters: Sequence[Parameter], *, rate: float) -> list[Group]:
        """Groups as torch's optimizers take them, the first being that of most; `rate` is the plain learning rate.

        A group of another rate keeps in `factor` what it is multiplied by.
        """
        groups: dict[tuple[float, bool], list[Parameter]] = {}
        for parameter in parameters:
            key = self.rates.get(id(parameter), 1.0), id(parameter) not in self.no_decay
            groups.setdefault(key, []).append(parameter)
        ordered = sorted(groups.items(), key=lambda item: (item[0][0] != 1.0, not item[0][1]))
        return [_group(members, factor, decays, rate) for (factor, decays), members in ordered]


def plain_rate(group: Mapping[str, Any]) -> float:
    """The learning rate of the whole run, from that of one group."""
    factor = group.get("factor", 1.0)
    return float(group["lr"]) / factor if factor else 0.0


def _group(members: list[Parameter], factor: float, decays: bool, rate: float) -> Group:
    group: Group = {"params": members}
    if factor != 1.0:
        group |= {"lr": rate * factor, "factor": factor}
    return group if decays else group | {"weight_decay": 0.0}


def _parameters_of(network: nn.Module, name: str, key: str) -> Iterable[Parameter]:
    found = [
        parameter
        for path, parameter in network.named_parameters(remove_duplicate=False)
        if path == name or path.startswith(f"{name}.")
    ]
    if not found:
        nodes = dict.fromkeys(path.split(".")[0] for path, _ in network.named_parameters())
        raise UserError("training.unknown_node", path=f"config.{key}", received=name, known=", ".join(nodes))
    return found
