"""How the losses of parts of a batch make that of the whole, as if one process had computed it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainer.training.heads import Head

TAKES_NO_NOTICE = -100  # what torch's losses ignore where nobody says otherwise: no class has this number


def adds_up(head: Head) -> bool:
    """Whether its loss is a sum, not a mean: those of parts add up as they are."""
    loss = getattr(head.loss, "loss", head.loss)
    return getattr(loss, "reduction", "mean") == "sum"


def weighs_targets(head: Head) -> bool:
    """Whether its loss is a mean by weights of the classes that occur, or of those that are not ignored."""
    loss, target = head.loss, head.target
    if not isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss) or target is None or target.origin == "wire":
        return False
    return loss.reduction == "mean" and (loss.weight is not None or loss.ignore_index != TAKES_NO_NOTICE)


def weight_of_targets(head: Head, inputs: Sequence[Tensor], columns: Sequence[Tensor]) -> Tensor:
    """What the mean of such a loss is divided by, of these rows."""
    loss, place = head.loss, head.target
    assert isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss)
    assert place is not None
    target = columns[place.place] if place.origin == "column" else inputs[place.place][:, 1:]
    counts = target != loss.ignore_index
    if loss.weight is None:
        return counts.sum().to(torch.float32)
    return torch.where(counts, loss.weight[torch.where(counts, target, 0)], 0.0).sum()
