"""Plain text files: a row for each piece of the text, cut where a reader would pause."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

import trainer.messages.upload  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError

SUFFIXES: Final = (".txt", ".md")
COLUMN: Final = "text"
MAX_BYTES: Final = 64 * 1024**2
PIECE_CHARS: Final = 2_000
LEAST_PIECE_CHARS: Final = 40
AIMED_ROWS: Final = 20
MIN_ROWS: Final = 10
PAUSES: Final = ("\n\n", "\n", "。", " ")


def read_text(path: Path) -> pl.DataFrame:
    """The pieces of the UTF-8 file at `path` in their order, as the one column `text`. Raises `upload.*`.

    A piece has at most 2,000 characters; fewer in a text that would otherwise give less than twenty rows.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UserError("upload.too_large", path="file", status=413, limit_mb=MAX_BYTES // 1024**2)
    text = _decode(path.read_bytes())
    size = min(PIECE_CHARS, max(LEAST_PIECE_CHARS, len(text) // AIMED_ROWS))
    pieces = list(_pieces(text, size))
    if not pieces:
        raise UserError("upload.empty", path="file")
    if len(pieces) < MIN_ROWS:
        limit = MIN_ROWS * LEAST_PIECE_CHARS
        raise UserError("upload.text_short", path="file", received=len(text), limit=limit)
    return pl.DataFrame({COLUMN: pl.Series(pieces, dtype=pl.String)})


def _decode(data: bytes) -> str:
    """`data` as text with line ends of one kind and nothing blank around it."""
    if b"\0" in data:
        raise UserError("upload.text_binary", path="file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError("upload.text_encoding", path=f"line {line}", line=line) from error
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _pieces(text: str, size: int) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = _pause(text, start, start + size)
        if piece := text[start:end].strip():
            yield piece
        start = end


def _pause(text: str, start: int, end: int) -> int:
    """Where a piece from `start` ends: behind the best pause in its second half, else at `end`."""
    if end >= len(text):
        return len(text)
    for mark in PAUSES:
        found = text.rfind(mark, (start + end) // 2, end)
        if found >= 0:
            return found + len(mark)
    return end
