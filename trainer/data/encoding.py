"""Raw rows to encoded ones, in pieces that take little memory, wherever they are written."""

import math
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

import numpy as np
from torch import Tensor

from trainer.data.encoders import Encoders
from trainer.data.inputs.image import ImageEncoder
from trainer.data.placement import Placement, RowSize
from trainer.data.spec import InputEncoder
from trainer.data.storage import Key, Layout
from trainer.data.targets import TargetEncoder
from trainer.data.version import VersionReader

PICTURE_BYTES: Final = 1 << 20  # of a piece, as floats: it stays in the processor's cache on its way
TABLE_CELLS: Final = 1 << 21  # of a piece: the values of rows times columns

Rows = Mapping[str, np.ndarray]  # split -> its rows in the version, rising


class Store(Protocol):
    def append(self, key: Key, rows: np.ndarray) -> None: ...


class Source(Protocol):
    """What a version comes to for a graph: tensors of each split, known before they are made."""

    num_rows: Mapping[str, int]  # of each split, as the network sees them
    row_size: RowSize

    def layouts(self, placement: Placement) -> dict[Key, Layout]:
        """Every tensor of the splits as it is stored."""

    def write(self, layouts: Mapping[Key, Layout], store: Store) -> None:
        """Append all rows to the tensors of `store`, in their order."""

    def tensors(self, stored: Mapping[Key, Tensor], split: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The inputs and targets of a split by name, [N, ...] each, in what was stored."""


class EncodedRows:
    """A row of the network is a row of the version; `rows` are those of each split."""

    def __init__(self, encoders: Encoders, reader: VersionReader, rows: Rows) -> None:
        self._encoders, self._reader, self._rows = encoders, reader, rows
        self.num_rows: Mapping[str, int] = {split: len(index) for split, index in rows.items()}
        pictures = [encoder for encoder in encoders.inputs.values() if isinstance(encoder, ImageEncoder)]
        others = [_layout(encoder, 1) for encoder in encoders.inputs.values() if not isinstance(encoder, ImageEncoder)]
        others += [_layout(target, 1) for target in encoders.targets.values()]
        numbers = tuple(math.prod(encoder.shape) for encoder in pictures)
        self.row_size = RowSize(numbers, sum(layout.num_bytes for layout in others))

    def layouts(self, placement: Placement) -> dict[Key, Layout]:
        layouts: dict[Key, Layout] = {}
        for split, num_rows in self.num_rows.items():
            for name, encoder in self._encoders.inputs.items():
                layout = _layout(encoder, num_rows)
                if isinstance(encoder, ImageEncoder) and not placement.keeps_floats(split, layout.num_bytes):
                    layout = Layout(layout.shape, "uint8")
                layouts[split, "inputs", name] = layout
            for name, target in self._encoders.targets.items():
                layouts[split, "targets", name] = _layout(target, num_rows)
        return layouts

    def write(self, layouts: Mapping[Key, Layout], store: Store) -> None:
        for name, encoder in self._encoders.inputs.items():
            if isinstance(encoder, ImageEncoder):
                for split, index in self._rows.items():
                    _encode_pictures(encoder, self._reader, index, (split, "inputs", name), layouts, store)
        _encode_table(self._encoders, self._reader, self._rows, store)

    def tensors(self, stored: Mapping[Key, Tensor], split: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        inputs, targets = (
            {name: tensor for (of, its_part, name), tensor in stored.items() if (of, its_part) == (split, part)}
            for part in ("inputs", "targets")
        )
        return inputs, targets


def _encode_pictures(
    encoder: ImageEncoder,
    reader: VersionReader,
    index: np.ndarray,
    key: Key,
    layouts: Mapping[Key, Layout],
    store: Store,
) -> None:
    is_float = layouts[key].dtype == "float32"
    at_once = max(1, PICTURE_BYTES // (4 * math.prod(encoder.shape)))
    for given in reader.pictures(encoder.columns[0], index, at_once):
        pixels = encoder.stored_pixels(given)
        store.append(key, encoder.normalise(pixels) if is_float else pixels)


def _encode_table(encoders: Encoders, reader: VersionReader, rows: Rows, store: Store) -> None:
    others = {name: one for name, one in encoders.inputs.items() if not isinstance(one, ImageEncoder)}
    columns = [column for one in others.values() for column in one.columns]
    names = list(dict.fromkeys([*columns, *(target.column for target in encoders.targets.values())]))
    if not names:
        return
    for start, stop in _pieces(len(reader.split), max(1, TABLE_CELLS // len(names))):
        arrays = reader.table_rows(names, start, stop)
        for split, index in rows.items():
            low, high = np.searchsorted(index, (start, stop))
            taken = _take(arrays, index[low:high] - start)
            for name, encoder in others.items():
                store.append((split, "inputs", name), encoder.encode_arrays(taken))
            for name, target in encoders.targets.items():
                store.append((split, "targets", name), target.encode(taken[target.column]))


def _pieces(num_rows: int, at_once: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + at_once, num_rows)) for start in range(0, num_rows, at_once))


def _take(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: values[rows] for name, values in arrays.items()}


def _layout(encoder: InputEncoder | TargetEncoder, num_rows: int) -> Layout:
    return Layout((num_rows, *encoder.shape), encoder.dtype)
