"""Augmentation: training images changed a little, a batch at a time on the device, differently at each step.

What is drawn depends on the seed and the step alone, so that a run that goes on draws what it would have drawn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass
class Augmentation:
    """Changes float images `[B, C, H, W]`; what else is given stays as it is.

    `places` are the places of the images among the inputs. Images may be moved by parts of their size, turned by
    degrees, and lose or gain parts of their contrast.
    """

    places: Sequence[int]
    seed: int
    device: str
    flip: bool = False
    flip_vertical: bool = False
    shift: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    erase: float = 0.0
    generator: torch.Generator = field(init=False)
    _first: int = field(init=False, default=0)
    _num_rows: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.generator = torch.Generator(device=self.device)

    def __call__(self, inputs: list[Tensor], *, step: int, first: int = 0, num_rows: int | None = None) -> list[Tensor]:
        """The inputs of step `step`, images changed: all rows of a batch, or those from `first` on of its `num_rows`.

        A row is changed in the same way, whatever other rows of the batch are here.
        """
        self._first, self._num_rows = first, len(inputs[0]) if num_rows is None else num_rows
        self.generator.manual_seed((self.seed * 1_000_003 + step) % 2**63)
        return [self._change(tensor) if place in self.places else tensor for place, tensor in enumerate(inputs)]

    def _change(self, images: Tensor) -> Tensor:
        if self.flip:
            images = torch.where(self._coin(images), images.flip(3), images)
        if self.flip_vertical:
            images = torch.where(self._coin(images), images.flip(2), images)
        if self.shift or self.rotate or self.zoom:
            images = self._move(images)
        if self.brightness or self.contrast:
            images = self._relight(images)
        return self._erase(images) if self.erase else images

    def _draw(self, num_rows: int, extent: float) -> Tensor:
        """Evenly from -extent to extent, `[B]`: drawn for the whole batch, of which these are `num_rows`."""
        drawn = torch.rand(self._num_rows, generator=self.generator, device=self.device)
        return (drawn[self._first : self._first + num_rows] * 2 - 1) * extent

    def _coin(self, images: Tensor) -> Tensor:
        return (self._draw(len(images), 1.0) > 0).reshape(-1, 1, 1, 1)

    def _move(self, images: Tensor) -> Tensor:
        """Shift, rotate and zoom at once; what comes in from outside is like the edge."""
        num_rows, _, height, width = images.shape
        angle = self._draw(num_rows, math.radians(self.rotate))
        size = 1 + self._draw(num_rows, self.zoom)
        sine, cosine = torch.sin(angle) / size, torch.cos(angle) / size
        across, down = self._draw(num_rows, 2 * self.shift), self._draw(num_rows, 2 * self.shift)
        # In coordinates from -1 to 1 a turn of an image that is not square is sheared by its proportions.
        rows = [cosine, -sine * height / width, across, sine * width / height, cosine, down]
        grid = F.affine_grid(torch.stack(rows, 1).reshape(-1, 2, 3), list(images.shape), align_corners=False)
        return F.grid_sample(images, grid, padding_mode="border", align_corners=False)

    def _relight(self, images: Tensor) -> Tensor:
        """Brightness in parts of the images' own deviation, contrast around their mean."""
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        deviation = images.std(dim=(1, 2, 3), keepdim=True)
        contrast = 1 + self._draw(len(images), self.contrast).reshape(-1, 1, 1, 1)
        brightness = self._draw(len(images), self.brightness).reshape(-1, 1, 1, 1)
        return (images - mean) * contrast + mean + deviation * brightness

    def _erase(self, images: Tensor) -> Tensor:
        """Blank a square with the image's mean; its side is drawn, up to the part that is set."""
        num_rows, _, height, width = images.shape
        middle_y, middle_x = self._draw(num_rows, 0.5) + 0.5, self._draw(num_rows, 0.5) + 0.5
        half = self._draw(num_rows, 0.5).abs() * self.erase
        y = torch.linspace(0, 1, height, device=images.device)
        x = torch.linspace(0, 1, width, device=images.device)
        in_rows = (y - middle_y[:, None]).abs() <= half[:, None]  # [B, H]
        in_columns = (x - middle_x[:, None]).abs() <= half[:, None]  # [B, W]
        hidden = (in_rows[:, :, None] & in_columns[:, None, :]).unsqueeze(1)
        return torch.where(hidden, images.mean(dim=(1, 2, 3), keepdim=True), images)
