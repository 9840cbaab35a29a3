"""Bytes of pictures to the floats that a network takes."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from trainer.data.inputs.image import ImageEncoder


@dataclass(frozen=True, slots=True)
class Rescale:
    """uint8 pixels [B, C, H, W] -> float32, (x - shift) * scale."""

    shift: Tensor  # [C, 1, 1]
    scale: Tensor  # [C, 1, 1]

    @classmethod
    def of(cls, encoder: ImageEncoder) -> Self:
        return cls(torch.from_numpy(encoder.shift), torch.from_numpy(encoder.scale))

    def __call__(self, pixels: Tensor) -> Tensor:
        return pixels.to(torch.float32).sub_(self.shift).mul_(self.scale)

    def to(self, device: torch.device | str) -> "Rescale":
        return Rescale(self.shift.to(device), self.scale.to(device))
