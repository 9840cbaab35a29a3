"""The losses as modules that take what arrives at an Output's ports, in their order, and then the target.

Most are torch's own as they are. Those here put the arguments into torch's order, or the target into its form; the rest
are ours. B rows of a batch.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Signed(nn.Module):
    """A loss of torch's that wants -1 or 1, for targets of 0 or 1."""

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, *tensors: Tensor) -> Tensor:
        *inputs, target = tensors
        value: Tensor = self.loss(*inputs, target * 2 - 1)
        return value


class GaussianNLL(nn.GaussianNLLLoss):
    """The variance arrives before the target."""

    def forward(self, input: Tensor, var: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(input, target, var)


class MultiLabelMargin(nn.MultiLabelMarginLoss):
    """Labels of 0 or 1 `[B, C]`, where torch wants the indices of those that hold, filled up with -1."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        holds, indices = (target > 0.5).sort(dim=-1, descending=True, stable=True)
        return super().forward(input, torch.where(holds, indices, -1))


class CTC(nn.CTCLoss):
    """Logarithms of probabilities `[B, T, C]`, all T steps of which count, and targets `[B, S]` up to their blanks."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        num_rows, num_steps, _ = input.shape
        lengths = torch.full((num_rows,), num_steps, dtype=torch.int64, device=input.device)
        filled = target != self.blank
        packed = target.gather(1, (~filled).to(torch.int8).argsort(dim=1, stable=True))  # blanks within go to the end
        return super().forward(input.transpose(0, 1), packed, lengths, filled.sum(1))


class KLDivNormal(nn.Module):
    """How far normal distributions `mu`, `logvar` `[B, ...]` are from the standard one; the mean over the rows."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, mu: Tensor, logvar: Tensor) -> Tensor:
        total = -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum()
        return total / len(mu) if self.reduction == "mean" else total


class Penalty(nn.Module):
    """The mean of what arrives."""

    def forward(self, input: Tensor) -> Tensor:
        return input.mean()


DISTANCES: Final[Mapping[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "euclidean": F.pairwise_distance,
    "squared": lambda one, other: (one - other).square().sum(-1),
    "manhattan": lambda one, other: F.pairwise_distance(one, other, p=1.0),
    "cosine": lambda one, other: 1 - F.cosine_similarity(one, other),
}
OWN: Final[Mapping[str, type[nn.Module]]] = {
    "GaussianNLLLoss": GaussianNLL,
    "MultiLabelMarginLoss": MultiLabelMargin,
    "CTCLoss": CTC,
    "KLDivNormal": KLDivNormal,
    "Penalty": Penalty,
}
SIGNED: Final = frozenset({"SoftMarginLoss", "HingeEmbeddingLoss", "CosineEmbeddingLoss", "MarginRankingLoss"})


def build_loss(type_: str, params: Mapping[str, Any]) -> nn.Module:
    """The loss of the catalogue's type, with these parameters."""
    arguments = dict(params)
    if type_ == "TripletMarginWithDistanceLoss":
        arguments["distance_function"] = DISTANCES[arguments.get("distance_function", "euclidean")]
    loss: nn.Module = OWN[type_](**arguments) if type_ in OWN else getattr(nn, type_)(**arguments)
    return Signed(loss) if type_ in SIGNED else loss


def reader(type_: str, params: Mapping[str, Any], *, threshold: float | None = None) -> Callable[[Tensor], Tensor]:
    """From what arrives first at an Output to what metrics read: scores, of which above 0 is a yes; or numbers.

    `threshold` is the probability from which on the answer is yes.
    """
    shift = 0.0 if threshold is None else math.log(threshold / (1 - threshold))
    match type_:
        case "BCELoss":
            return lambda probability: torch.logit(probability) - shift
        case "BCEWithLogitsLoss" | "MultiLabelSoftMarginLoss" | "SoftMarginLoss" if shift:
            return lambda logit: logit - shift
        case "HingeEmbeddingLoss":
            margin = float(params.get("margin", 1.0))
            return lambda distance: margin / 2 - distance
        case "PoissonNLLLoss" if params.get("log_input", True):
            return torch.exp
        case _:
            return lambda answer: answer
