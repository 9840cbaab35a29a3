"""A ZIP of pictures in a folder per class: one size, one number of channels, written straight to an array on disk."""

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Self

import numpy as np
from PIL import Image

from trainer.data.archives import Archive, open_archive
from trainer.data.images import FILE_FORMATS, MAX_PIXELS, image_pixels, open_image
from trainer.errors import UserError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
MAX_KEPT_SIDE = 256
DEFAULT_SIDE = 64
MAX_CLASSES = 1_000
MIN_PICTURES = 10
MAX_STORED_BYTES = 4 * 1024**3
TURNED = (5, 6, 7, 8)  # EXIF orientations that lay a picture on its side
ORIENTATION = 0x0112
GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """How pictures are stored: `size` (height, width), or None for their own where they share one; `color`."""

    size: tuple[int, int] | None = None
    color: str = "auto"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises `archive.bad_size`, `archive.bad_color`."""
        size, color = data.get("size"), data.get("color", "auto")
        fits = isinstance(size, list | tuple) and len(size) == 2 and all(type(v) is int and 4 <= v <= 512 for v in size)
        if size is not None and not fits:
            raise UserError("archive.bad_size", path="size", received=repr(size)[:40])
        if color not in ("auto", "grey", "rgb"):
            raise UserError("archive.bad_color", path="color", received=repr(color)[:40])
        return cls((size[0], size[1]) if size is not None else None, color)


@dataclass(slots=True)
class Pictures:
    """What was read: `pixels` uint8 [N, H, W, C] memory-mapped; for each a label and whether it came for testing."""

    pixels: np.ndarray
    labels: list[str]
    is_test: np.ndarray
    left_out: list[dict[str, Any]]
    resized: bool


@dataclass(slots=True)
class _Found:
    """What the headers of the pictures say."""

    entries: list[tuple[zipfile.ZipInfo, str, bool]] = field(default_factory=list)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    any_color: bool = False
    left_out: Counter[str] = field(default_factory=Counter)


def read_pictures(
    path: Path, array_path: Path, options: PictureOptions, *, progress: Callable[[float], None] = lambda share: None
) -> Pictures:
    """Read the archive at `path` and write its pictures to `array_path` (npy). Raises `archive.*`."""
    with open_archive(path) as archive:
        found = _find(archive, lambda share: progress(0.4 * share))
        size = options.size or _common_size(found.sizes)
        channels = {"grey": 1, "rgb": 3}.get(options.color, 3 if found.any_color else 1)
        return _write(archive, found, array_path, size, channels, lambda share: progress(0.4 + 0.6 * share))


def _find(archive: Archive, progress: Callable[[float], None]) -> _Found:
    """Inflate every entry once and look at the headers of the pictures alone."""
    found = _Found()
    placed = [(entry, PurePosixPath(entry.filename).parts) for entry in archive.entries]
    pictures = [(entry, parts) for entry, parts in placed if not _is_hidden(parts)]
    strip = _shared_depth([parts for _, parts in pictures if _is_picture(parts[-1])])
    own_split = {parts[strip] for _, parts in pictures if len(parts) > strip + 2} == {"train", "test"}
    for index, (entry, parts) in enumerate(pictures):
        data = archive.read(entry)
        if not _is_picture(parts[-1]):
            found.left_out["not_a_picture"] += 1
            continue
        inside = parts[strip + own_split :]
        if len(inside) < 2:
            raise UserError("archive.no_folders", path=entry.filename[:80], name=entry.filename[:80])
        header = _header(data, entry)
        if header is None:
            found.left_out["unreadable_picture"] += 1
            continue
        found.sizes[header[0]] += 1
        found.any_color |= header[1]
        found.entries.append((entry, inside[0].strip()[:200], own_split and parts[strip] == "test"))
        if index % 64 == 0:
            progress(index / len(pictures))
    _check_found(found)
    return found


def _check_found(found: _Found) -> None:
    if not found.entries:
        raise UserError("archive.no_pictures")
    labels = {label for _, label, _ in found.entries}
    if len(labels) < 2:
        raise UserError("archive.one_class", name=labels.pop())
    if len(labels) > MAX_CLASSES:
        raise UserError("archive.too_many_classes", received=len(labels), limit=MAX_CLASSES)
    if len(found.entries) < MIN_PICTURES:
        raise UserError("archive.too_few_pictures", received=len(found.entries), limit=MIN_PICTURES)


def _write(
    archive: Archive,
    found: _Found,
    array_path: Path,
    size: tuple[int, int],
    channels: int,
    progress: Callable[[float], None],
) -> Pictures:
    shape = (len(found.entries), *size, channels)
    if np.prod(shape, dtype=np.int64) > MAX_STORED_BYTES:
        limit_mb = MAX_STORED_BYTES // 1024**2
        raise UserError("archive.too_many_bytes", path="size", height=size[0], width=size[1], limit_mb=limit_mb)
    array_path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.lib.format.open_memmap(array_path, mode="w+", dtype=np.uint8, shape=shape)
    labels: list[str] = []
    is_test: list[bool] = []
    for index, (entry, label, test) in enumerate(found.entries):
        try:
            image = open_image(archive.read(entry), column=entry.filename, formats=FILE_FORMATS)
        except UserError as error:
            if error.code != "value.not_an_image":
                raise
            found.left_out["unreadable_picture"] += 1
            continue
        pixels[len(labels)] = image_pixels(image, size=size, channels=channels)
        labels.append(label)
        is_test.append(test)
        if index % 64 == 0:
            progress(index / len(found.entries))
    pixels.flush()
    if len(labels) < len(found.entries):
        kept = np.array(pixels[: len(labels)])
        np.save(array_path, kept)
        pixels = np.lib.format.open_memmap(array_path, mode="r")
        found.entries = [(entry, label, False) for (entry, _, _), label in zip(found.entries, labels, strict=False)]
        _check_found(found)
    left_out = [{"reason": reason, "count": count} for reason, count in found.left_out.items()]
    return Pictures(pixels, labels, np.array(is_test), left_out, set(found.sizes) != {size})


def _header(data: bytes, entry: zipfile.ZipInfo) -> tuple[tuple[int, int], bool] | None:
    """(height, width) as shown and whether there is colour; None where the bytes are no picture."""
    try:
        with Image.open(io.BytesIO(data), formats=FILE_FORMATS) as image:
            width, height = image.size
            colored = image.mode not in GREY_MODES
            # Asked of a PNG, Pillow would decode the whole of it.
            turned = image.format == "JPEG" and image.getexif().get(ORIENTATION) in TURNED
    except Exception:  # Pillow's readers raise OSError, SyntaxError, ValueError, struct.error and others
        return None
    if width * height > MAX_PIXELS:
        name, limit = entry.filename[:80], f"{MAX_PIXELS:,}"
        raise UserError(
            "archive.too_many_pixels", status=413, path=name, name=name, width=width, height=height, limit=limit
        )
    return ((width, height) if turned else (height, width)), colored


def _common_size(sizes: Counter[tuple[int, int]]) -> tuple[int, int]:
    """The size that all share, if it is not too large; else a square that trains quickly."""
    size = next(iter(sizes))
    return size if len(sizes) == 1 and max(size) <= MAX_KEPT_SIDE else (DEFAULT_SIDE, DEFAULT_SIDE)


def _is_hidden(parts: tuple[str, ...]) -> bool:
    """What operating systems leave in archives."""
    return any(part.startswith(".") or part == "__MACOSX" for part in parts) or parts[-1] in (
        "Thumbs.db",
        "desktop.ini",
    )


def _is_picture(name: str) -> bool:
    return name.lower().endswith(IMAGE_SUFFIXES)


def _shared_depth(paths: list[tuple[str, ...]]) -> int:
    """How many folders wrap the class folders: 1 where all lies in one folder that holds folders itself."""
    tops = {parts[0] for parts in paths if len(parts) > 1}
    return 1 if len(tops) == 1 and paths and all(len(parts) > 2 for parts in paths) else 0
