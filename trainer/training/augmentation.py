"""Augmentation: training images changed a little, a batch at a time on the device, differently at each step.

What is drawn depends on the seed and the step alone, so that a run that goes on draws what it would have drawn.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from trainer.training.config import AugmentationConfig


class Augmentation:
    """Changes float images `[B, C, H, W]`; what else is given stays as it is.

    `places` are the places of the images among the inputs.
    """

    def __init__(self, config: AugmentationConfig, places: list[int], *, seed: int, device: str) -> None:
        self._config = config
        self._places = places
        self._seed = seed
        self._device = device
        self._generator = torch.Generator(device=device)

    def __call__(self, inputs: list[Tensor], *, step: int) -> list[Tensor]:
        """The inputs of step number `step`, images changed."""
        self._generator.manual_seed((self._seed * 1_000_003 + step) % 2**63)
        return [self._change(tensor) if place in self._places else tensor for place, tensor in enumerate(inputs)]

    def _change(self, images: Tensor) -> Tensor:
        config = self._config
        if config.flip:
            images = torch.where(self._coin(images), images.flip(3), images)
        if config.flip_vertical:
            images = torch.where(self._coin(images), images.flip(2), images)
        if config.shift or config.rotate or config.zoom:
            images = self._move(images)
        if config.brightness or config.contrast:
            images = self._relight(images)
        return self._erase(images) if config.erase else images

    def _draw(self, num_rows: int, extent: float) -> Tensor:
        """Evenly from -extent to extent, `[B]`."""
        return (torch.rand(num_rows, generator=self._generator, device=self._device) * 2 - 1) * extent

    def _coin(self, images: Tensor) -> Tensor:
        return (self._draw(len(images), 1.0) > 0).reshape(-1, 1, 1, 1)

    def _move(self, images: Tensor) -> Tensor:
        """Shift, rotate and zoom at once; what comes in from outside is like the edge."""
        num_rows, _, height, width = images.shape
        config = self._config
        angle = self._draw(num_rows, math.radians(config.rotate))
        size = 1 + self._draw(num_rows, config.zoom)
        sine, cosine = torch.sin(angle) / size, torch.cos(angle) / size
        across, down = self._draw(num_rows, 2 * config.shift), self._draw(num_rows, 2 * config.shift)
        # In coordinates from -1 to 1 a turn of an image that is not square is sheared by its proportions.
        rows = [cosine, -sine * height / width, across, sine * width / height, cosine, down]
        grid = F.affine_grid(torch.stack(rows, 1).reshape(-1, 2, 3), list(images.shape), align_corners=False)
        return F.grid_sample(images, grid, padding_mode="border", align_corners=False)

    def _relight(self, images: Tensor) -> Tensor:
        """Brightness in parts of the images' own deviation, contrast around their mean."""
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        deviation = images.std(dim=(1, 2, 3), keepdim=True)
        contrast = 1 + self._draw(len(images), self._config.contrast).reshape(-1, 1, 1, 1)
        brightness = self._draw(len(images), self._config.brightness).reshape(-1, 1, 1, 1)
        return (images - mean) * contrast + mean + deviation * brightness

    def _erase(self, images: Tensor) -> Tensor:
        """Blank a square with the image's mean; its side is drawn, up to the part that is set."""
        num_rows, _, height, width = images.shape
        middle_y, middle_x = self._draw(num_rows, 0.5) + 0.5, self._draw(num_rows, 0.5) + 0.5
        half = self._draw(num_rows, 0.5).abs() * self._config.erase
        y = torch.linspace(0, 1, height, device=images.device)
        x = torch.linspace(0, 1, width, device=images.device)
        in_rows = (y - middle_y[:, None]).abs() <= half[:, None]  # [B, H]
        in_columns = (x - middle_x[:, None]).abs() <= half[:, None]  # [B, W]
        hidden = (in_rows[:, :, None] & in_columns[:, None, :]).unsqueeze(1)
        return torch.where(hidden, images.mean(dim=(1, 2, 3), keepdim=True), images)
