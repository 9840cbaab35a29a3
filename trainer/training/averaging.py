"""The moving average of the weights, beside the network that trains: what is evaluated, stored as best and deployed."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from trainer.training.config import AveragingConfig


class WeightAverage:
    """After each step `average = decay * average + (1 - decay) * weights`, buffers included; it begins at the first."""

    def __init__(self, network: nn.Module, config: AveragingConfig) -> None:
        self._training = network
        average = get_ema_multi_avg_fn(config.decay)  # type: ignore[no-untyped-call]
        self._averaged = AveragedModel(network, multi_avg_fn=average, use_buffers=True)

    @property
    def network(self) -> nn.Module:
        return self._averaged.module

    def after_step(self) -> None:
        self._averaged.update_parameters(self._training)

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint needs besides the average itself: the weights that train, how often was averaged."""
        weights = {f"training.{name}": tensor.detach() for name, tensor in self._training.state_dict().items()}
        return {**weights, "averaging.num_averaged": self._averaged.n_averaged}

    def load(self, average: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
        """Put back the average and what `tensors` gave."""
        prefix = "training."
        own = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        self._training.load_state_dict(own)
        self._averaged.module.load_state_dict(dict(average))
        with torch.no_grad():
            self._averaged.n_averaged.copy_(tensors["averaging.num_averaged"])
