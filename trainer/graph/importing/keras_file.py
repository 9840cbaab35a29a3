"""Reading the files that Keras saves: `.keras`, a ZIP of JSON and HDF5, and the HDF5 of before.

The ZIP is looked at as bytes before the library sees it; of its parts only two are read, up to their limits. Weights
that Keras once kept as pickles or programs have no place in either.
"""

import io
import zipfile
from typing import Any, Final

from trainer.errors import UserError
from trainer.graph.document import read_json
from trainer.graph.importing.keras_hdf5 import MAX_BYTES, Tensors, read_hdf5
from trainer.graph.importing.keras_model import broken, is_keras

END: Final = b"PK\x05\x06"
END_BYTES: Final = 22
END_OF_LARGE: Final = b"PK\x06\x07"
END_OF_LARGE_BYTES: Final = 20
MAX_ENTRIES: Final = 1000
MAX_DIRECTORY_BYTES: Final = 1024 * 1024
MAX_JSON_BYTES: Final = 16 * 1024 * 1024
ENCRYPTED: Final = 1
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def read_archive(data: bytes) -> tuple[Any, Tensors | None]:
    """The JSON of the model in a `.keras` file, and its weights. Raises `import.*`."""
    _refuse_large(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [info.filename for info in archive.infolist()]
            if len(set(names)) < len(names):
                raise broken("two of its parts have one name")
            if CONFIG not in names:
                raise broken(f"it has no {CONFIG}")
            value = read_json(_part(archive, CONFIG, MAX_JSON_BYTES), max_bytes=MAX_JSON_BYTES)
            if METADATA in names and isinstance(value, dict):
                told = read_json(_part(archive, METADATA, MAX_JSON_BYTES), max_bytes=MAX_JSON_BYTES)
                value |= {"keras_version": told.get("keras_version")} if isinstance(told, dict) else {}
            tensors = read_hdf5(_part(archive, WEIGHTS, MAX_BYTES)) if WEIGHTS in names else None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, OverflowError) as error:
        raise broken("it is no ZIP that can be read") from error
    return value, tensors


def read_old(data: bytes, graph: Any = None) -> tuple[Any, Tensors]:
    """The JSON of the model in an `.h5` file and its weights; where it has weights alone, the JSON is `graph`."""
    tensors = read_hdf5(data)
    text = tensors.text("model_config")
    if text is not None:
        value = read_json(text, max_bytes=MAX_JSON_BYTES)
        if isinstance(value, dict):
            value.setdefault("keras_version", tensors.text("keras_version"))
        return value, tensors
    if not is_keras(graph):
        raise UserError("import.keras_no_model", path="graph")
    return graph, tensors


def _refuse_large(data: bytes) -> None:
    """The directory of a ZIP is read as a whole: its size and the number of its entries come first."""
    if len(data) > MAX_BYTES:
        raise UserError("import.too_large", status=413, size=len(data), limit=MAX_BYTES)
    end = data[-END_BYTES:]
    if len(data) < END_BYTES or not end.startswith(END) or end[-2:] != b"\0\0":
        raise broken("it is no ZIP that ends as one should")
    if data[-END_BYTES - END_OF_LARGE_BYTES : -END_BYTES].startswith(END_OF_LARGE):
        raise UserError("import.too_many_parts", status=413, limit=MAX_ENTRIES)
    entries, size = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if entries > MAX_ENTRIES or size > MAX_DIRECTORY_BYTES:
        raise UserError("import.too_many_parts", status=413, limit=MAX_ENTRIES)


def _part(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One part, of which no more is unpacked than `limit`, whatever it says of its size."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & ENCRYPTED:
        raise broken(f"{name} is packed in a way that is not taken")
    if info.file_size > limit:
        raise UserError("import.too_large", status=413, size=info.file_size, limit=limit)
    with archive.open(info) as part:
        content = part.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise broken(f"{name} has another size than it says")
    return content
