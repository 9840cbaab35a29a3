"""A trained graph as a project of its own: one zip that trains to the same weights without Layerloom.

Nothing here imports torch: the application writes the zip while it answers.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from trainer.data.inputs.date import EPOCH
from trainer.data.inputs.text import TextEncoder
from trainer.data.splits import SPLITS
from trainer.data.streams import num_windows, token_streams
from trainer.data.targets import rows_with_targets
from trainer.data.version import VersionReader
from trainer.standalone.facts import Carried, Facts
from trainer.standalone.train_script import train_script

FILES: Final = Path(__file__).parent / "files"
TRAINING: Final = Path(__file__).parents[1] / "training"
BESIDE: Final = {  # what train.py may import, and where it is copied from
    "augmentation": TRAINING,
    "class_tallies": TRAINING,
    "epoch_order": TRAINING,
    "losses": TRAINING,
    "mean": FILES,
    "measures": TRAINING,
    "number_tallies": TRAINING,
    "recompute": TRAINING,
    "split_optimizer": TRAINING,
}
PACKAGES: Final = ("numpy", "pillow", "safetensors", "tokenizers", "torch")
ROWS_PER_PIECE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Standalone:
    """What a project is made of: the module that trained, the bound graph, the run's settings and fitted encoders.

    `frozen` is the arithmetic of the run; `start` the folder of the checkpoint that it went on from, if any, of which
    it `carried` the weights or all, or that of the imported weights it began with. `activation_bytes` and `num_steps`
    are those of `Facts`.
    """

    title: str
    code: str
    graph: Mapping[str, Any]
    config: Mapping[str, Any]
    encoders: Mapping[str, Any]
    frozen: Mapping[str, Any]
    version: Path
    versions: Mapping[str, str]
    start: Path | None = None
    carried: Carried = "nothing"
    activation_bytes: int = 0
    num_steps: int | None = None


def write_project(project: Standalone, sink: BinaryIO) -> None:
    """Write the zip of `project` to `sink`, rows and pictures piece by piece."""
    reader = VersionReader(project.version)
    rows = _used_rows(reader, project.encoders)
    num_rows = _num_rows(reader, project.encoders, rows)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _texts(project, num_rows).items():
            archive.writestr(name, text)
        if project.start is not None:
            archive.write(project.start / "weights.safetensors", "initial.safetensors")
            if project.carried == "all":
                archive.write(project.start / "state.safetensors", "initial_state.safetensors")
                state = json.loads((project.start / "state.json").read_text(encoding="utf-8"))
                archive.writestr("initial_state.json", json.dumps(state["optimizer"]["state"]))
        _write_rows(archive, reader, project.encoders, rows)


def _texts(project: Standalone, num_rows: Mapping[str, int]) -> dict[str, str]:
    script = train_script(
        Facts(
            project.graph,
            project.config,
            project.frozen,
            project.encoders,
            num_rows,
            activation_bytes=project.activation_bytes,
            carried=project.carried,
            num_steps=project.num_steps,
        )
    )
    readme = (FILES / "README.md").read_text(encoding="utf-8").replace("TITLE", project.title)
    taken = {name: folder for name, folder in BESIDE.items() if f"\nfrom {name} import" in script}
    packages = [name for name in PACKAGES if name != "tokenizers"]
    if any(entry["type"] == "text" for entry in project.encoders["inputs"].values()):
        taken["texts"], packages = FILES, list(PACKAGES)
    return {
        "README.md": readme,
        "model.py": project.code,
        "data.py": (FILES / "data.py").read_text(encoding="utf-8"),
        "train.py": script,
        **{f"{name}.py": (folder / f"{name}.py").read_text(encoding="utf-8") for name, folder in taken.items()},
        "encoders.json": json.dumps(project.encoders, ensure_ascii=False, indent=1),
        "requirements.txt": "".join(f"{name}=={project.versions[name]}\n" for name in packages),
    }


def _num_rows(reader: VersionReader, encoders: Mapping[str, Any], rows: np.ndarray) -> dict[str, int]:
    """The rows of each split, as the network sees them."""
    parts = {split: rows[reader.split[rows] == part] for part, split in enumerate(SPLITS)}
    for entry in encoders["inputs"].values():
        if entry.get("is_whole"):
            streams = token_streams(TextEncoder.from_json(entry), reader, parts)
            return {split: num_windows(tokens, entry["max_length"]) for split, tokens in streams.items()}
    return {split: len(index) for split, index in parts.items()}


def _used_rows(reader: VersionReader, encoders: Mapping[str, Any]) -> np.ndarray:
    """Those rows that the run used: with a value in every target, in the order of the data set; int64."""
    targets = _target_columns(encoders)
    return np.flatnonzero(rows_with_targets(reader.arrays(targets), targets, len(reader.split)))


def _target_columns(encoders: Mapping[str, Any]) -> list[str]:
    columns = [entry["column"] for entry in encoders["outputs"].values() if entry.get("column")]
    return list(dict.fromkeys(columns))


def _write_rows(archive: zipfile.ZipFile, reader: VersionReader, encoders: Mapping[str, Any], rows: np.ndarray) -> None:
    pictures = {name: entry["columns"][0] for name, entry in encoders["inputs"].items() if entry["type"] == "image"}
    given = [column for entry in encoders["inputs"].values() for column in entry["columns"]]
    names = list(dict.fromkeys([*given, *_target_columns(encoders)]))
    arrays = reader.arrays(names)
    plain = [name for name in names if name not in pictures.values()]
    dates = {name for name in plain if reader.facts.column(name).kind == "date"}
    with archive.open("data/rows.csv", "w") as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["split", *plain])
        writer.writerows(_rows(reader, {name: arrays[name] for name in plain}, dates, rows))
    for name, column in pictures.items():
        with archive.open(f"data/pictures/{name}.npy", "w", force_zip64=True) as file:
            _write_pictures(file, arrays[column], rows)


def _rows(
    reader: VersionReader, columns: Mapping[str, np.ndarray], dates: set[str], rows: np.ndarray
) -> Iterator[Sequence[str]]:
    for row in rows.tolist():
        cells = [_cell(values[row], is_date=name in dates) for name, values in columns.items()]
        yield [SPLITS[reader.split[row]], *cells]


def _cell(value: Any, *, is_date: bool) -> str:
    """A value such that reading it gives the same one: numbers in their shortest exact form, dates in ISO 8601."""
    if value is None or value != value:
        return ""
    if is_date:
        return (EPOCH + timedelta(microseconds=round(float(value) * 86_400_000_000))).isoformat()
    return repr(float(value)) if isinstance(value, float | np.floating) else str(value)


def _write_pictures(file: Any, pixels: np.ndarray, rows: np.ndarray) -> None:
    """uint8 [rows, H, W, C] as a .npy file."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *pixels.shape[1:])}
    np.lib.format.write_array_header_1_0(file, header)
    for start in range(0, len(rows), ROWS_PER_PIECE):
        file.write(np.ascontiguousarray(pixels[rows[start : start + ROWS_PER_PIECE]]).tobytes())
