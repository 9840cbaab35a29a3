"""The tensors of an HDF5 file of a stranger, looked through before any is read.

HDF5 can name other files, run filters, and claim more numbers than it holds. All that is taken are plain numbers that
lie in the file itself, in full; what else a link or a data set may be is refused before the library follows it. Of
attributes only two of the file's own are read, where it has no other place for its model.
"""

from dataclasses import dataclass, field
from math import prod
from typing import Any, Final

import h5py
import numpy as np

from trainer.errors import UserError
from trainer.graph.importing.draft import Array
from trainer.graph.importing.keras_model import broken
from trainer.graph.importing.kinds import HDF5

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_PARTS: Final = 50_000
MAX_LEVELS: Final = 40
MAX_RANK: Final = 8
OWN_ERRORS: Final = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)


@dataclass(slots=True)
class Tensors:
    """What lies in the file, by its path."""

    _file: Any
    num_bytes: int
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def read(self, path: str) -> Array:
        """Numbers as float32, or int64 where they are whole."""
        try:
            array = np.asarray(self._file[path][()])
        except OWN_ERRORS as error:
            raise broken(f"{path[-80:]} cannot be read") from error
        return array.astype(np.float32 if array.dtype.kind == "f" else np.int64)

    def text(self, name: str) -> str | None:
        """A text that the file itself carries as an attribute."""
        try:
            return _text(self._file, name, self.num_bytes)
        except OWN_ERRORS as error:
            raise broken(f"its {name} cannot be read") from error


def read_hdf5(data: bytes) -> Tensors:
    """The tensors in `data`. Raises `import.*` for what is too large, hides data elsewhere or cannot be read."""
    if len(data) > MAX_BYTES:
        raise UserError("import.too_large", status=413, size=len(data), limit=MAX_BYTES)
    if not data.startswith(HDF5):
        raise broken("its weights are not HDF5")
    try:
        file = h5py.File(h5py.h5f.open_file_image(data))
        found = Tensors(file, len(data))
        _look_through(file, found)
    except OWN_ERRORS as error:
        raise broken("its weights are not HDF5 that can be read") from error
    return found


def _look_through(file: Any, found: Tensors) -> None:
    waiting: list[tuple[str, Any, int]] = [("", file, 0)]
    seen = {_address(file)}
    count = total = 0
    while waiting:
        path, group, level = waiting.pop()
        size = group.id.get_num_objs()
        count += size
        if count > MAX_PARTS:
            raise UserError("import.too_many_parts", status=413, limit=MAX_PARTS)
        if level > MAX_LEVELS:
            raise broken("its groups lie in one another too deep")
        for key in group:
            if type(group.get(key, getlink=True)) is not h5py.HardLink:
                raise UserError("import.keras_link", name=key[:80])
            own = f"{path}/{key}" if path else key
            part = group[key]
            address = _address(part)
            if address in seen:
                raise broken(f"{own[-80:]} has two places")
            seen.add(address)
            if isinstance(part, h5py.Group):
                waiting.append((own, part, level + 1))
            elif isinstance(part, h5py.Dataset):
                total += _looked_at(own, part)
                found.shapes[own] = tuple(part.shape)
            else:
                raise broken(f"{own[-80:]} is neither a group nor numbers")
            if total > found.num_bytes:
                raise broken("it claims more numbers than it holds")


def _looked_at(path: str, part: Any) -> int:
    """The size in bytes of a data set that is plain numbers in the file."""
    plist = part.id.get_create_plist()
    layout = plist.get_layout()
    if layout == h5py.h5d.VIRTUAL or (layout == h5py.h5d.CONTIGUOUS and plist.get_external_count()):
        raise UserError("import.keras_link", name=path[-80:])
    if plist.get_nfilters():
        raise broken(f"{path[-80:]} is compressed or filtered, which is not taken")
    if part.id.get_type().get_class() not in (h5py.h5t.FLOAT, h5py.h5t.INTEGER) or part.dtype.kind not in "fiu":
        raise broken(f"{path[-80:]} is not of numbers")
    if part.shape is None or len(part.shape) > MAX_RANK:
        raise broken(f"{path[-80:]} has no shape that is taken")
    size = prod(part.shape) * part.dtype.itemsize
    if size > part.id.get_storage_size():
        raise broken(f"{path[-80:]} claims more numbers than it holds")
    return int(size)


def _address(part: Any) -> int:
    return int(h5py.h5o.get_info(part.id).addr)


def _text(part: Any, name: str, most: int) -> str | None:
    """A text alone; lists of them and references are left where they are."""
    key = name.encode()
    if not h5py.h5a.exists(part.id, key):
        return None
    attribute = h5py.h5a.open(part.id, key)
    kind = attribute.get_type()
    if kind.get_class() != h5py.h5t.STRING or attribute.shape != () or kind.get_size() > most:
        return None
    value = part.attrs[name]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
