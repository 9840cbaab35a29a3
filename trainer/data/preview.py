"""Some rows of a version, as a page shows them."""

from typing import Any

import numpy as np
import polars as pl

from trainer.data.images import encode_png
from trainer.data.version import VersionReader


def preview_rows(
    reader: VersionReader, split: str | None, *, offset: int, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many rows `split` has (all rows for None), and `limit` of them from `offset`.

    A row is {"index", "split", "values": {column: value}} with values as they were given; pictures are left out of it.
    """
    indices = np.arange(len(reader.split)) if split is None else reader.rows(split)
    shown = indices[offset : offset + limit]
    names = [column.name for column in reader.facts.columns.values() if column.kind != "image"]
    values: list[dict[str, Any]] = [{} for _ in shown]
    if names and len(shown):
        numbers = [name for name in names if reader.facts.columns[name].kind == "number"]
        table = pl.scan_parquet(reader.directory / "table.parquet").select(names)
        table = table.with_columns(pl.col(name).cast(pl.Float64) for name in numbers)
        low = int(shown[0])
        part = table.slice(low, int(shown[-1]) + 1 - low).collect()
        values = part[(shown - low).tolist()].to_dicts()
    parts = reader.split[shown].tolist()
    return len(indices), [
        {"index": int(index), "split": ("train", "val", "test")[part], "values": row}
        for index, part, row in zip(shown, parts, values, strict=True)
    ]


def preview_picture(reader: VersionReader, column: str, row: int) -> bytes:
    """The PNG of one picture."""
    return encode_png(np.asarray(reader.arrays([column])[column][row]))
