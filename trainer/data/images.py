"""Pictures: bytes to pixels and back, with the number of pixels known to be small before any is decoded."""

import io

import numpy as np
from PIL import Image, ImageOps

from trainer.errors import UserError

MAX_PIXELS = 24_000_000
REQUEST_FORMATS = ("PNG", "JPEG")
Image.MAX_IMAGE_PIXELS = None  # ours is checked wherever a picture is opened, and says what to do
FILE_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")


def open_image(data: bytes, *, column: str, path: str = "", formats: tuple[str, ...] = REQUEST_FORMATS) -> Image.Image:
    """The picture in `data`, upright, its pixels loaded. Raises `value.not_an_image` or `value.too_many_pixels`."""
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
        width, height = image.size
        if width * height > MAX_PIXELS:
            limit = f"{MAX_PIXELS:,}"
            raise UserError("value.too_many_pixels", path=path, width=width, height=height, limit=limit)
        image.load()
        return ImageOps.exif_transpose(image)
    except UserError:
        raise
    except (
        Exception
    ) as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, EOFError, struct.error and others
        raise UserError("value.not_an_image", path=path, column=column) from error


def image_pixels(image: Image.Image, *, size: tuple[int, int] | None, channels: int) -> np.ndarray:
    """uint8 [H, W, channels], resized to `size` (height, width) if it differs. Transparency is laid on black."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, (0, 0, 0, 255)), rgba)
    elif image.mode in ("I;16", "I;16B", "I;16L", "I"):
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    image = image.convert("L" if channels == 1 else "RGB")
    if size is not None and image.size != (size[1], size[0]):
        image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    pixels = np.asarray(image, dtype=np.uint8)
    return pixels[:, :, None] if channels == 1 else pixels


def resize_pixels(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """uint8 [N, H, W, C] -> uint8 [N, *size, C], as `image_pixels` would have given."""
    if pixels.shape[1:3] == size:
        return pixels
    channels = pixels.shape[3]
    out = np.empty((len(pixels), *size, channels), dtype=np.uint8)
    for index, picture in enumerate(pixels):
        image = Image.fromarray(picture[:, :, 0] if channels == 1 else picture)
        out[index] = image_pixels(image, size=size, channels=channels)
    return out


def encode_png(pixels: np.ndarray) -> bytes:
    """uint8 [H, W, C] -> the bytes of a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
