"""The IDX files that MNIST and its kin come in: a header of big-endian sizes, then bytes."""

import gzip
import struct
from pathlib import Path

import numpy as np

from trainer.errors import UserError

UNSIGNED_BYTE = 8


def read_idx(path: Path, *, num_axes: int) -> np.ndarray:
    """The gzipped IDX file at `path` as uint8 with `num_axes` axes. Raises `data.sample_damaged`."""
    try:
        data = gzip.decompress(path.read_bytes())
        zero, kind, axes = struct.unpack_from(">HBB", data)
        shape = struct.unpack_from(f">{axes}I", data, 4)
        pixels = np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * axes)
        if (zero, kind, axes) != (0, UNSIGNED_BYTE, num_axes):
            raise ValueError("not an IDX file of bytes with the axes expected")
        return pixels.reshape(shape)
    except (OSError, EOFError, ValueError, struct.error) as error:
        raise UserError("data.sample_damaged", file=path.name, status=502) from error
