"""How much a mistake on each class counts: numbers that a person gave, or such that rare classes count like others."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from trainer.errors import UserError
from trainer.methods.settings import BY_CLASS, BY_YES
from trainer.training.config import ClassWeights


def loss_arguments(
    loss: str, weights: ClassWeights, targets: Tensor, *, num_classes: int | None, path: str
) -> dict[str, Any]:
    """What the loss is built with besides its parameters, from the training rows' `targets` `[N, ...]`.

    Raises UserError `training.class_weights_unfit`.
    """
    kinds: Mapping[str, Callable[[], dict[str, Any]]] = {
        **dict.fromkeys(BY_CLASS, lambda: {"weight": _by_class(weights, targets, num_classes, path)}),
        **dict.fromkeys(BY_YES, lambda: {"pos_weight": _by_yes(weights, targets, path)}),
    }
    if loss not in kinds:
        known = ", ".join((*BY_CLASS, *BY_YES))
        raise UserError("training.class_weights_unfit", path=path, loss=loss, known=known)
    return kinds[loss]()


def _by_class(weights: ClassWeights, targets: Tensor, num_classes: int | None, path: str) -> Tensor:
    count = num_classes if num_classes is not None else int(targets.max()) + 1
    if weights != "balanced":
        if len(weights) != count:
            raise UserError("training.class_weights_count", path=path, expected=count, received=len(weights))
        return torch.tensor(weights)
    counts = torch.bincount(targets.flatten(), minlength=count).to(torch.float32)
    return counts.sum() / (count * counts.clamp(min=1))


def _by_yes(weights: ClassWeights, targets: Tensor, path: str) -> Tensor:
    """Of each label, how much a yes counts beside a no."""
    if weights != "balanced":
        if len(weights) != 2:
            raise UserError("training.class_weights_count", path=path, expected=2, received=len(weights))
        return torch.tensor(weights[1] / weights[0] if weights[0] else weights[1])
    yes = (targets > 0.5).to(torch.float32).mean(0)
    return (1 - yes) / yes.clamp(min=1e-6)
