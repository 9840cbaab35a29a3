"""CSV files, read a line at a time in bounded memory: a broken one is refused with the line and the column.

The standard library's reader does the parsing, since polars fills short rows in silence; polars holds the table.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

import trainer.messages.upload  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError

DELIMITERS = (",", ";", "\t", "|")
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a")
BATCH_ROWS = 20_000
PROBED_ROWS = 200
PROBED_LINE_BYTES = 64 * 1024
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class TableLimits:
    """What a CSV may hold."""

    max_bytes: int = 512 * 1024**2
    max_line_bytes: int = 4 * 1024**2
    max_columns: int = 2_000
    max_name_chars: int = 200
    max_rows: int = 2_000_000
    min_rows: int = 10


@dataclass(frozen=True, slots=True)
class Table:
    """The cells as text, stripped, null where missing, and the line of the file that each row began on."""

    frame: pl.DataFrame
    lines: list[int]


def read_table(
    path: Path, *, limits: TableLimits | None = None, progress: Callable[[float], None] = lambda share: None
) -> Table:
    """Read the CSV at `path`. The delimiter is found from the header. Raises `csv.*` and `upload.*`."""
    limits = limits or TableLimits()
    num_bytes = path.stat().st_size
    if not num_bytes:
        raise UserError("upload.empty")
    if num_bytes > limits.max_bytes:
        raise UserError("upload.too_large", status=413, limit_mb=limits.max_bytes // 1024**2)
    with path.open("rb") as file:
        source = _Lines(file.readline, limits)
        delimiter = _find_delimiter(path, limits)
        rows = _rows(source, delimiter)
        header = _header(next(rows, (1, []))[1], limits)
        frames, lines = _read_rows(rows, header, delimiter, limits, lambda: progress(file.tell() / num_bytes))
    if not lines:
        raise UserError("csv.header_only", path="row 2")
    if len(lines) < limits.min_rows:
        raise UserError("csv.too_few_rows", received=len(lines), limit=limits.min_rows)
    return Table(pl.concat(frames, rechunk=True), lines)


def is_table(path: Path) -> bool:
    """Whether the first lines of a file of any name hold the same number of cells each, and more than one.

    A space behind each comma is how sentences are written, not rows.
    """
    limits = TableLimits(max_line_bytes=PROBED_LINE_BYTES)
    try:
        delimiter = _find_delimiter(path, limits)
        with path.open("rb") as file:
            rows = [row for _, row in islice(_rows(_Lines(file.readline, limits), delimiter), PROBED_ROWS)]
        _header(rows[0] if rows else [], limits)
    except UserError:
        return False
    is_prose = all(cell.startswith(" ") for cell in rows[0][1:])
    return len(rows) > limits.min_rows and not is_prose and len({len(row) for row in rows}) == 1


class _Lines:
    """Iterates the lines of a file as text, none longer than allowed."""

    def __init__(self, readline: Callable[[int], bytes], limits: TableLimits) -> None:
        self._readline = readline
        self._limits = limits
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        limit = self._limits.max_line_bytes
        while line := self._readline(limit + 1):
            self.number += 1
            if len(line) > limit:
                raise self._refused("csv.line_too_long", limit_mb=limit // 1024**2)
            if self.number == 1 and line.startswith(UTF16_MARKS):
                raise self._refused("csv.encoding")
            if b"\0" in line:
                raise self._refused("csv.not_text")
            try:
                yield line.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise self._refused("csv.encoding") from error

    def _refused(self, code: str, *, limit_mb: int = 0) -> UserError:
        return UserError(code, path=f"row {self.number}", line=self.number, limit_mb=limit_mb)


def _find_delimiter(path: Path, limits: TableLimits) -> str:
    """The candidate that the first line holds most often, outside of quotes."""
    with path.open("rb") as file:
        first = next(iter(_Lines(file.readline, limits)), "")
    unquoted = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def _rows(source: _Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it began on."""
    reader = csv.reader(iter(source), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                limit = csv.field_size_limit()
                raise UserError("csv.cell_too_long", path=f"row {line}", line=line, limit=limit) from error
            raise UserError("csv.quotes", path=f"row {line}", line=line, reason=str(error)) from error
        if row:
            yield line, row
        line = reader.line_num + 1


def _header(names: list[str], limits: TableLimits) -> list[str]:
    names = [name.strip() for name in names]
    if len(names) > limits.max_columns:
        raise UserError("csv.too_many_columns", path="row 1", received=len(names), limit=limits.max_columns)
    if not any(names):
        raise UserError("upload.empty")
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name:
            raise UserError("csv.empty_name", path=f"row 1, column {number}", number=number)
        if len(name) > limits.max_name_chars:
            limit = limits.max_name_chars
            raise UserError("csv.long_name", path=f"row 1, column {number}", number=number, limit=limit)
        if name in seen:
            raise UserError("csv.duplicate_name", path=f"row 1, column {name}", column=name)
        seen.add(name)
    if all(_is_number(name) for name in names):
        raise UserError("csv.no_header", path="row 1")
    return names


def _read_rows(
    rows: Iterator[tuple[int, list[str]]],
    header: list[str],
    delimiter: str,
    limits: TableLimits,
    report: Callable[[], None],
) -> tuple[list[pl.DataFrame], list[int]]:
    frames: list[pl.DataFrame] = []
    lines: list[int] = []
    batch: list[list[str]] = []
    width = len(header)
    for line, row in rows:
        if len(row) != width:
            raise _wrong_width(line, row, header, delimiter)
        if len(lines) >= limits.max_rows:
            raise UserError("csv.too_many_rows", path=f"row {line}", limit=limits.max_rows)
        batch.append(row)
        lines.append(line)
        if len(batch) == BATCH_ROWS:
            frames.append(_frame(batch, header))
            batch = []
            report()
    if batch:
        frames.append(_frame(batch, header))
    return frames, lines


def _frame(batch: list[list[str]], header: list[str]) -> pl.DataFrame:
    """The cells stripped, null where they say that the value is missing."""
    columns = zip(*batch, strict=True)
    series = (pl.Series(name, cells, dtype=pl.String) for name, cells in zip(header, columns, strict=True))
    cells = pl.all().str.strip_chars()
    return pl.DataFrame(list(series)).select(pl.when(~cells.str.to_lowercase().is_in(MISSING)).then(cells))


def _wrong_width(line: int, row: list[str], header: list[str], delimiter: str) -> UserError:
    received, expected = len(row), len(header)
    if received < expected:
        column = header[received]
        path = f"row {line}, column {column}"
        return UserError(
            "csv.too_few_values", path=path, line=line, received=received, expected=expected, column=column
        )
    path = f"row {line}, column {expected + 1}"
    return UserError(
        "csv.too_many_values", path=path, line=line, received=received, expected=expected, delimiter=delimiter
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
