"""One immutable version of a data set, as a directory.

manifest.json     name, num_rows, columns with their facts, target, splits, split_settings, source, left_out
table.parquet     every column but pictures, as it was given
images/I.npy      uint8 [N, H, W, C], for the picture column at index I
split.npy         uint8 [N]: 0 train, 1 val, 2 test
own_test.npy      bool [N]: the test rows that came with the data, if any
"""

import json
import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trainer.data.columns import DataFacts, Kind
from trainer.data.facts import date_format, describe_column, stored_values, typed_values
from trainer.data.splits import SPLITS, SplitSettings, split_counts, split_rows

FORMAT = 1
PIECE_BYTES = 8 << 20
RELEASE_BYTES = 64 << 20  # of a file's pages in memory, before they are let go


@dataclass(frozen=True, slots=True)
class Content:
    """What a version is made of: `kinds` names every column in order; pictures are in `images`, the rest in `table`."""

    name: str
    kinds: Mapping[str, Kind]
    table: pl.DataFrame
    images: Mapping[str, np.ndarray] = field(default_factory=dict)
    target: str | None = None
    own_test: np.ndarray | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    left_out: Sequence[Mapping[str, Any]] = ()

    @property
    def num_rows(self) -> int:
        return len(next(iter(self.images.values()))) if self.images else self.table.height


def write_version(directory: Path, content: Content, settings: SplitSettings) -> dict[str, Any]:
    """Write `content`, split by `settings`, to the empty `directory`; returns the manifest, which is written last.

    A picture array that is memory-mapped from its place in `directory` already stays where it is.
    """
    directory.mkdir(parents=True, exist_ok=True)
    columns, classes = [], None
    for index, (name, kind) in enumerate(content.kinds.items()):
        if kind == "image":
            values = content.images[name]
            path = directory / "images" / f"{index}.npy"
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                np.save(path, values)
        else:
            values = typed_values(content.table[name], kind)
        form = date_format(content.table[name]) if kind == "date" else None
        columns.append(describe_column(name, kind, values, form=form))
        if name == content.target and kind == "category":
            order = {value: position for position, value in enumerate(columns[-1].facts["values"])}
            classes = np.fromiter((order.get(value, -1) for value in values.tolist()), np.int64, len(values))
    split = split_rows(settings, num_rows=content.num_rows, classes=classes, own_test=content.own_test)
    np.save(directory / "split.npy", split)
    if content.own_test is not None:
        np.save(directory / "own_test.npy", content.own_test)
    if content.table.width:
        content.table.write_parquet(directory / "table.parquet")
    manifest = {
        "format": FORMAT,
        "name": content.name,
        "num_rows": content.num_rows,
        "columns": [column.to_json() for column in columns],
        "target": content.target,
        "splits": split_counts(split),
        "split_settings": settings.to_json() | {"stratified_by": content.target if classes is not None else None},
        "source": dict(content.source),
        "left_out": [dict(reason) for reason in content.left_out],
        "size_bytes": sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()),
    }
    (directory / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, allow_nan=False))
    return manifest


class VersionReader:
    """Reads a version directory; pictures stay on disk until they are indexed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.manifest: dict[str, Any] = json.loads((directory / "manifest.json").read_text())
        self.facts = DataFacts.from_manifest(self.manifest)

    @cached_property
    def split(self) -> np.ndarray:
        return np.asarray(np.load(self.directory / "split.npy"))

    def rows(self, split: str) -> np.ndarray:
        """The indices of the rows of `split`, in order."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def arrays(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """The stored values of all rows by column, as encoders take them; pictures memory-mapped uint8 [N, H, W, C]."""
        columns = [self.facts.column(name) for name in dict.fromkeys(names)]
        plain = self.table_rows([column.name for column in columns if column.kind != "image"])
        return {
            column.name: plain[column.name] if column.name in plain else self._map(column.name) for column in columns
        }

    def table_rows(self, names: Sequence[str], start: int = 0, stop: int | None = None) -> dict[str, np.ndarray]:
        """The stored values of the rows from `start` to `stop` by column, none of which holds pictures."""
        if not names:
            return {}
        columns = [self.facts.column(name) for name in names]
        num_rows = None if stop is None else stop - start
        found = pl.scan_parquet(self.directory / "table.parquet").select(names).slice(start, num_rows).collect()
        return {column.name: stored_values(found[column.name], column) for column in columns}

    def of_rows(self, rows: np.ndarray | slice = slice(None)) -> "ColumnsOfRows":
        return ColumnsOfRows(self, rows)

    def pictures(self, name: str, rows: np.ndarray, at_once: int | None = None) -> Iterator[np.ndarray]:
        """The pictures of `rows`, uint8 [at_once or less, H, W, C] at a time: not more is held of the file."""
        pictures = self._map(name)
        at_once = at_once or max(1, PIECE_BYTES // pictures[:1].nbytes)
        num_read = 0
        for start in range(0, len(rows), at_once):
            index = rows[start : start + at_once]
            first, last = index[0], index[-1]
            yield pictures[first : last + 1] if last - first + 1 == len(index) else pictures[index]
            num_read += len(index)
            if num_read * pictures[:1].nbytes > RELEASE_BYTES:
                file: Any = pictures.base
                file.madvise(mmap.MADV_DONTNEED)
                num_read = 0

    def _map(self, name: str) -> np.memmap:
        index = list(self.facts.columns).index(name)
        mapped: np.memmap = np.load(self.directory / "images" / f"{index}.npy", mmap_mode="c")
        return mapped


class ColumnsOfRows(Mapping[str, np.ndarray]):
    """The stored values of some rows, a column read when it is asked for: so many rows are held of one at a time."""

    def __init__(self, reader: VersionReader, rows: np.ndarray | slice) -> None:
        self._reader = reader
        self._rows = rows

    def __getitem__(self, name: str) -> np.ndarray:
        return self._reader.arrays([name])[name][self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reader.facts.columns)

    def __len__(self) -> int:
        return len(self._reader.facts.columns)
