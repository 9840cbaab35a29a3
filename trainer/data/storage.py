"""Where encoded rows are written, a piece at a time: tensors in memory, or files that are mapped into it.

    data/rows/SPLIT.inputs.NAME     the rows of one tensor, one after the other
    data/rows/SPLIT.targets.NAME
    data/rows/key                   what they were made of

A folder of that name is always whole: it is written beside its place, synced, and renamed.
"""

import errno
import fcntl
import math
import mmap
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, Self

import numpy as np
import torch
from torch import Tensor

Part = Literal["inputs", "targets"]
Key = tuple[str, Part, str]  # split, part, name of the node

ROOM_LEFT: Final = 256 * 1024**2  # on the disk, for the run's checkpoints and everybody else
DTYPES: Final = {"float32": torch.float32, "int64": torch.int64, "uint8": torch.uint8}


@dataclass(frozen=True, slots=True)
class Layout:
    """One tensor: its shape with the axis of the rows, and its dtype."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def num_bytes(self) -> int:
        return math.prod(self.shape) * DTYPES[self.dtype].itemsize


class InMemory:
    """Tensors that are filled from their first row on."""

    def __init__(self, layouts: Mapping[Key, Layout]) -> None:
        self.tensors = {key: torch.empty(one.shape, dtype=DTYPES[one.dtype]) for key, one in layouts.items()}
        self._filled = dict.fromkeys(layouts, 0)

    def append(self, key: Key, rows: np.ndarray) -> None:
        start = self._filled[key]
        self._filled[key] = start + len(rows)
        self.tensors[key].numpy()[start : start + len(rows)] = rows


class InFiles:
    """Files that grow by rows."""

    def __init__(self, files: Mapping[Key, BinaryIO]) -> None:
        self._files = files

    def append(self, key: Key, rows: np.ndarray) -> None:
        self._files[key].write(rows.tobytes())


@contextmanager
def new_files(place: Path, layouts: Mapping[Key, Layout], fingerprint: str) -> Iterator[InFiles]:
    """What is appended comes to lie in `place` when all is well, else nothing does.

    Raises OSError `ENOSPC` where the disk has no room, before it is full.
    """
    draft = place.with_name(f".writing-{place.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _check_room(draft, sum(one.num_bytes for one in layouts.values()))
        with ExitStack() as stack:
            files = {key: stack.enter_context((draft / _file_name(key)).open("wb")) for key in layouts}
            yield InFiles(files)
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
        (draft / "key").write_text(fingerprint, encoding="ascii")
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def holds(place: Path, fingerprint: str) -> bool:
    """Whether the rows in `place` are those that would be written there."""
    key = place / "key"
    return key.exists() and key.read_text(encoding="ascii") == fingerprint


@contextmanager
def one_at_a_time(place: Path) -> Iterator[None]:
    """Processes of one run take turns: the first writes the files, the others find them."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Mapped:
    """Tensors that lie in files: what is read of them comes into memory, and goes again with `forget`."""

    tensors: Mapping[Key, Tensor]
    mappings: Mapping[Key, mmap.mmap]

    @classmethod
    def open(cls, place: Path, layouts: Mapping[Key, Layout]) -> Self:
        mappings = {key: _map(place / _file_name(key)) for key, one in layouts.items() if one.num_bytes}
        tensors = {
            key: torch.frombuffer(mappings[key], dtype=DTYPES[one.dtype]).reshape(one.shape)
            if key in mappings
            else torch.empty(one.shape, dtype=DTYPES[one.dtype])
            for key, one in layouts.items()
        }
        return cls(tensors, mappings)

    def of_split(self, split: str) -> tuple[mmap.mmap, ...]:
        return tuple(mapping for key, mapping in self.mappings.items() if key[0] == split)


def _map(path: Path) -> mmap.mmap:
    """The bytes of a file. Torch wants them writable: what is written would stay in this process."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)


def _file_name(key: Key) -> str:
    return ".".join(key)


def _check_room(folder: Path, num_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if num_bytes + ROOM_LEFT > free:
        told = f"{num_bytes:,} bytes of encoded rows, {ROOM_LEFT:,} that have to stay free, and {free:,} bytes free"
        raise OSError(errno.ENOSPC, told, str(folder))
