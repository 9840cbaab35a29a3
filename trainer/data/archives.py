"""ZIP archives of strangers: refused whole when anything in them is wrong; bytes are counted while inflating."""

import itertools
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import trainer.messages.upload  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError

END_RECORD = b"PK\x05\x06"
END_RECORD_BYTES = 22
MAX_COMMENT_BYTES = 65_535
REGULAR, DIRECTORY = 0o10, 0o04  # the file types of POSIX modes
ARCHIVE_STARTS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold."""

    max_entries: int = 200_000
    max_directory_bytes: int = 64 * 1024**2
    max_entry_bytes: int = 32 * 1024**2
    max_total_bytes: int = 8 * 1024**3


class Archive:
    """The regular files of an archive that was checked. Use `open_archive`."""

    def __init__(self, file: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
        self._file = file
        self._limits = limits
        self.entries = entries

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """The bytes of `entry`, counted while they inflate. Raises `archive.lying_header`, `archive.nested`."""
        try:
            with self._file.open(entry) as source:
                data = source.read(self._limits.max_entry_bytes + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise UserError("archive.lying_header", path=_shown(entry), name=_shown(entry)) from error
        if len(data) != entry.file_size:
            raise UserError("archive.lying_header", path=_shown(entry), name=_shown(entry))
        if data.startswith(ARCHIVE_STARTS):
            raise UserError("archive.nested", path=_shown(entry), name=_shown(entry))
        return data


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits | None = None) -> Iterator[Archive]:
    """The archive at `path`, every name, type and declared size in it checked before anything is inflated."""
    limits = limits or ArchiveLimits()
    _check_directory_size(path, limits)
    try:
        file = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, EOFError) as error:
        raise UserError("archive.unreadable") from error
    with file:
        entries = file.infolist()
        _check_entries(entries, limits)
        yield Archive(file, [entry for entry in entries if not entry.is_dir()], limits)


def _check_directory_size(path: Path, limits: ArchiveLimits) -> None:
    """Read the end record alone: the standard library would load a directory of any size."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - END_RECORD_BYTES - MAX_COMMENT_BYTES))
        tail = file.read()
    position = tail.rfind(END_RECORD)
    if position < 0 or len(tail) - position < END_RECORD_BYTES:
        raise UserError("archive.unreadable")
    (count,) = struct.unpack_from("<H", tail, position + 10)
    (directory_bytes,) = struct.unpack_from("<I", tail, position + 12)
    if directory_bytes == 0xFFFFFFFF or count == 0xFFFF:  # ZIP64: the real numbers are elsewhere
        directory_bytes = _zip64_directory_bytes(path, size - len(tail) + position)
    if directory_bytes > limits.max_directory_bytes:
        received = directory_bytes // 46  # the least that an entry takes
        raise UserError(
            "archive.too_many_entries", status=413, received=f"{received:,}", limit=f"{limits.max_entries:,}"
        )


def _zip64_directory_bytes(path: Path, end_record: int) -> int:
    with path.open("rb") as file:
        file.seek(max(0, end_record - 20))
        locator = file.read(20)
        if len(locator) < 20 or not locator.startswith(b"PK\x06\x07"):
            return 0
        file.seek(struct.unpack_from("<Q", locator, 8)[0])
        record = file.read(56)
        return int(struct.unpack_from("<Q", record, 40)[0]) if len(record) == 56 else 0


def _check_entries(entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(entries) > limits.max_entries:
        received, limit = f"{len(entries):,}", f"{limits.max_entries:,}"
        raise UserError("archive.too_many_entries", status=413, received=received, limit=limit)
    seen: set[str] = set()
    for entry in entries:
        name = _shown(entry)
        _check_name(entry)
        kind = entry.external_attr >> 28
        if kind not in (0, REGULAR, DIRECTORY):
            raise UserError("archive.link", path=name, name=name)
        if entry.flag_bits & 0x1:
            raise UserError("archive.encrypted", path=name, name=name)
        portable = unicodedata.normalize("NFC", entry.filename.rstrip("/")).casefold()
        if portable in seen:
            raise UserError("archive.duplicate", path=name, name=name)
        seen.add(portable)
        if entry.file_size > limits.max_entry_bytes:
            limit_mb = limits.max_entry_bytes // 1024**2
            raise UserError("archive.picture_too_large", status=413, path=name, name=name, limit_mb=limit_mb)
    if sum(entry.file_size for entry in entries) > limits.max_total_bytes:
        raise UserError("archive.too_large", status=413, limit_mb=limits.max_total_bytes // 1024**2)
    _check_overlap(entries)


def _check_name(entry: zipfile.ZipInfo) -> None:
    """`orig_filename`, since the standard library cuts a name at NUL."""
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    lowered = name.lower()
    unfit = (
        not parts
        or name.startswith("/")
        or ".." in parts
        or any(mark in name for mark in ("\0", "\\", ":"))
        or any(mark in lowered for mark in ("%2e", "%2f", "%5c", "%00"))
        or any(unicodedata.category(character) == "Cc" for character in name)
        or len(name) > 1_000
    )
    if unfit:
        shown = _shown(entry)
        raise UserError("archive.bad_name", path=shown, name=shown)


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Two entries that share bytes of the file are how a small archive inflates without end."""
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, following in itertools.pairwise(placed):
        if entry.header_offset + entry.compress_size > following.header_offset:
            raise UserError("archive.lying_header", path=_shown(entry), name=_shown(entry))


def _shown(entry: zipfile.ZipInfo) -> str:
    """A name that may be printed."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in entry.orig_filename[:80])
