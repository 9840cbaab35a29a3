"""An uploaded file becomes a version of a data set, or an error that says what to do and nothing else."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import polars as pl

from trainer.data.archives import open_archive
from trainer.data.kinds import find_kinds
from trainer.data.picture_folders import PictureOptions, read_pictures
from trainer.data.splits import SplitSettings
from trainer.data.tables import is_table, read_table
from trainer.data.text_files import COLUMN as TEXT
from trainer.data.text_files import SUFFIXES as TEXT_SUFFIXES
from trainer.data.text_files import read_text
from trainer.data.version import Content, write_version
from trainer.errors import UserError

Format = Literal["csv", "text", "zip"]
Progress = Callable[[float], None]

REFUSED_SUFFIXES: Mapping[str, str] = {
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".dill"), "Pickle"),
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".bin"), "PyTorch"),
    **dict.fromkeys((".keras", ".h5", ".hdf5"), "Keras"),
    **dict.fromkeys((".npy", ".npz"), "NumPy"),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "Spreadsheet"),
    **dict.fromkeys((".parquet", ".feather", ".arrow"), "Arrow"),
    **dict.fromkeys((".svg", ".html", ".htm"), "SVG/HTML"),
}
REFUSED_STARTS: Mapping[bytes, str] = {
    **{bytes([0x80, protocol]): "Pickle" for protocol in range(1, 6)},
    b"\x89HDF": "Keras",
    b"\x93NUMPY": "NumPy",
    b"PAR1": "Arrow",
    b"ARROW1": "Arrow",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"%PDF": "PDF",
    b"\x7fELF": "ELF",
}
REFUSED_MEMBERS: Mapping[str, str] = {
    "data.pkl": "PyTorch",
    "model.weights.h5": "Keras",
    "[Content_Types].xml": "Spreadsheet",
    "mimetype": "Spreadsheet",
}
MAX_CHECKED_BYTES = 8 * 1024**2


def check_upload(path: Path, file_name: str) -> Format:
    """The format of the file at `path`, by its bytes; `file_name` says what may be a plain text, and what to refuse.

    Everything that is cheap to find is found here: what is no CSV, text or ZIP (415), names and declared sizes in an
    archive, and all of a CSV or a text that is not large.
    """
    size = path.stat().st_size
    if not size:
        raise UserError("upload.empty", path="file")
    with path.open("rb") as file:
        start = file.read(16)
    suffix = Path(file_name.lower()).suffix
    refused = REFUSED_SUFFIXES.get(suffix) or next(
        (kind for mark, kind in REFUSED_STARTS.items() if start.startswith(mark)), None
    )
    if refused:
        raise UserError("upload.type_refused", path="file", status=415, kind=refused)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with open_archive(path) as archive:
            for entry in archive.entries:
                if kind := REFUSED_MEMBERS.get(entry.filename.rpartition("/")[2]):
                    raise UserError("upload.type_refused", path="file", status=415, kind=kind)
        return "zip"
    form: Format = "text" if suffix in TEXT_SUFFIXES and not is_table(path) else "csv"
    if size <= MAX_CHECKED_BYTES:
        (read_text if form == "text" else read_table)(path)
    return form


def ingest_upload(
    path: Path,
    format: Format,
    target_dir: Path,
    *,
    name: str,
    target: str | None = None,
    pictures: PictureOptions | None = None,
    progress: Progress = lambda share: None,
) -> dict[str, Any]:
    """Write the file at `path` as a version into the empty `target_dir` and return its manifest.

    `target` names the column to predict; left out, it is guessed in a CSV. Raises `csv.*`, `archive.*`, `upload.*`;
    what was written until then is the caller's to remove.
    """
    if format == "zip":
        content = _pictures(path, target_dir, name, pictures or PictureOptions(), progress)
    elif format == "text":
        content = _text(path, name, target)
    else:
        content = _table(path, name, target, progress)
    return write_version(target_dir, content, SplitSettings(own_test=content.own_test is not None))


def _table(path: Path, name: str, target: str | None, progress: Progress) -> Content:
    table = read_table(path, progress=lambda share: progress(0.8 * share))
    kinds, found_target = find_kinds(table.frame, lines=table.lines, target=target)
    return Content(name, kinds, table.frame, target=found_target, source={"format": "csv"})


def _text(path: Path, name: str, target: str | None) -> Content:
    if target is not None:
        raise UserError("upload.text_target", path="target", column=target[:80])
    return Content(name, {TEXT: "text"}, read_text(path), source={"format": "text"})


def _pictures(path: Path, target_dir: Path, name: str, options: PictureOptions, progress: Progress) -> Content:
    read = read_pictures(path, target_dir / "images" / "0.npy", options, progress=progress)
    own_test = read.is_test if cast(bool, read.is_test.any()) else None
    return Content(
        name=name,
        kinds={"image": "image", "label": "category"},
        table=pl.DataFrame({"label": pl.Series(read.labels, dtype=pl.String)}),
        images={"image": np.asarray(read.pixels)},
        target="label",
        own_test=own_test,
        source={"format": "zip", "resized": read.resized},
        left_out=read.left_out,
    )
