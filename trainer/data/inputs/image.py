"""Pictures: one image column, resized and normalised a channel."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from trainer.data.columns import Column
from trainer.data.images import image_pixels, open_image, resize_pixels
from trainer.data.inputs.settings import SIZE, normalisation
from trainer.data.spec import (
    Arrays,
    InputEncoder,
    Instance,
    TensorSpec,
    describe_type,
    raise_problems,
    resolve_settings,
)
from trainer.errors import UserError

CACHED_ROWS = 256
FIT_CHUNK = 1 << 15  # pixels: sums of so few are exact enough in float32


class ImageEncoder(InputEncoder):
    """One image column. -> float32 [channels, height, width]

    Pixels 0..255 become (x - shift) * scale. `normalisation`: "standardise" to the mean and deviation of each channel
    over the training pictures, "range" to 0..1, or "none". `size` ([height, width]) resizes; left out, the size of the
    data set holds.
    """

    kinds = ("image",)
    settings = (SIZE, normalisation("standardise", "range", "none"))
    single = True

    def __init__(
        self,
        columns: Sequence[str],
        *,
        size: Sequence[int],
        channels: int,
        shift: Sequence[float],
        scale: Sequence[float],
    ) -> None:
        self.columns = tuple(columns)
        self.size = (size[0], size[1])
        self.channels = channels
        self.shift = np.array(shift, dtype=np.float32).reshape(channels, 1, 1)
        self.scale = np.array(scale, dtype=np.float32).reshape(channels, 1, 1)

    @classmethod
    def spec(cls, columns: Sequence[Column], settings: Mapping[str, Any]) -> TensorSpec:
        facts = columns[0].facts
        height, width = resolve_settings(cls.settings, settings)["size"] or (facts["height"], facts["width"])
        return TensorSpec((facts["channels"], height, width), "float32")

    @classmethod
    def fit(cls, columns: Sequence[Column], settings: Mapping[str, Any], arrays: Arrays) -> Self:
        return cls.fit_pieces(columns, settings, [arrays[columns[0].name]])

    @classmethod
    def fit_pieces(cls, columns: Sequence[Column], settings: Mapping[str, Any], pieces: Iterable[np.ndarray]) -> Self:
        """Fit on pictures that come some at a time, uint8 [N, H, W, C] each."""
        channels, height, width = cls.spec(columns, settings).shape
        match resolve_settings(cls.settings, settings)["normalisation"]:
            case "standardise":
                shift, scale = _channel_moments(channels, pieces)
            case "range":
                shift, scale = [0.0] * channels, [1 / 255] * channels
            case _:
                shift, scale = [0.0] * channels, [1.0] * channels
        return cls([columns[0].name], size=(height, width), channels=channels, shift=shift, scale=scale)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            data["columns"], size=data["size"], channels=data["channels"], shift=data["shift"], scale=data["scale"]
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "type": "image",
            "columns": list(self.columns),
            "size": list(self.size),
            "channels": self.channels,
            "shift": self.shift.ravel().tolist(),
            "scale": self.scale.ravel().tolist(),
        }

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((self.channels, *self.size), "float32")

    def stored_pixels(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 [N, H, W, C] -> uint8 [N, C, H, W] in the encoder's size, not yet shifted and scaled."""
        return np.ascontiguousarray(resize_pixels(pictures, self.size).transpose(0, 3, 1, 2))

    def normalise(self, pixels: np.ndarray) -> np.ndarray:
        """[N, C, H, W] of 0..255 -> float32 of the same shape; so many rows at a time that they stay in the cache."""
        floats = np.empty(pixels.shape, dtype=np.float32)
        for start in range(0, len(pixels), CACHED_ROWS):
            part = floats[start : start + CACHED_ROWS]
            part[...] = pixels[start : start + CACHED_ROWS]
            part -= self.shift
            part *= self.scale
        return floats

    def encode_arrays(self, arrays: Arrays) -> np.ndarray:
        return self.normalise(self.stored_pixels(arrays[self.columns[0]]))

    def encode(self, instances: Sequence[Instance]) -> np.ndarray:
        name = self.columns[0]
        pixels = np.empty((len(instances), self.channels, *self.size), dtype=np.float32)
        problems = []
        for row, instance in enumerate(instances):
            try:
                pixels[row] = self._read(instance[name], f"instances[{row}].{name}")
            except UserError as error:
                problems.append(error)
        raise_problems(problems)
        return self.normalise(pixels)

    def value_schema(self, column: str) -> dict[str, Any]:
        rows = {"type": "array", "items": {"type": "array"}}
        return {"oneOf": [{"type": "string", "format": "byte", "description": "PNG or JPEG in base64"}, rows]}

    def _read(self, value: Any, path: str) -> np.ndarray:
        """[C, H, W] of 0..255 from base64 text, bytes or nested numbers."""
        column = self.columns[0]
        if isinstance(value, str):
            value = _base64_bytes(value, column, path)
        if isinstance(value, bytes | bytearray | memoryview):
            image = open_image(bytes(value), column=column, path=path)
            return image_pixels(image, size=self.size, channels=self.channels).transpose(2, 0, 1)
        if isinstance(value, list | tuple | np.ndarray):
            return self._read_numbers(value, column, path)
        raise UserError("value.not_a_picture", path=path, column=column, received=describe_type(value))

    def _read_numbers(self, value: Any, column: str, path: str) -> np.ndarray:
        """Rows of pixels, [H, W] when grey or [H, W, C], 0..255, in the encoder's size."""
        height, width = self.size
        expected = f"[{height}, {width}]" if self.channels == 1 else f"[{height}, {width}, {self.channels}]"
        try:
            pixels = np.array(value)
        except (ValueError, OverflowError):
            raise UserError("value.ragged", path=path, column=column, expected=expected) from None
        if pixels.dtype.kind not in "iuf":
            raise UserError("value.ragged", path=path, column=column, expected=expected)
        if pixels.ndim == 2:
            pixels = pixels[:, :, None]
        if pixels.shape != (height, width, self.channels):
            received = str(list(np.shape(value)))
            raise UserError("value.wrong_shape", path=path, column=column, expected=expected, received=received)
        if not (pixels.min() >= 0 and pixels.max() <= 255):  # NaN fails too
            raise UserError("value.pixel_range", path=path, column=column)
        return pixels.transpose(2, 0, 1)


def _base64_bytes(text: str, column: str, path: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True) if text else base64.b64decode("")
    except (binascii.Error, UnicodeEncodeError):
        raise UserError("value.not_base64", path=path, column=column) from None


def _channel_moments(channels: int, pieces: Iterable[np.ndarray]) -> tuple[list[float], list[float]]:
    """Mean and 1 / deviation of each channel of uint8 [N, H, W, C]."""
    total, squares, num_pixels = np.zeros(channels), np.zeros(channels), 0
    for pictures in pieces:
        flat = pictures.reshape(-1, channels)
        num_pixels += len(flat)
        for start in range(0, len(flat), FIT_CHUNK):
            chunk = flat[start : start + FIT_CHUNK].astype(np.float32)
            total += np.ones(len(chunk), dtype=np.float32) @ chunk
            squares += np.diagonal(chunk.T @ chunk)
    mean = total / num_pixels
    deviation = np.sqrt(np.maximum(squares / num_pixels - mean**2, 0))
    return mean.tolist(), np.where(deviation > 0, 1 / np.maximum(deviation, 1e-12), 1 / 255).tolist()
