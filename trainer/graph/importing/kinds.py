"""What a brought file is, by its name, its first bytes and its last. Torch-free: a refusal need not wait for torch."""

from typing import Final, Literal

import trainer.messages.importing  # noqa: F401
from trainer.errors import UserError

Kind = Literal["hdf5", "keras", "safetensors", "json", "onnx"]

ZIP: Final = b"PK\x03\x04"
HDF5: Final = b"\x89HDF\r\n\x1a\n"
KERAS_ENTRIES: Final = (b"config.json", b"metadata.json")
PICKLE_PROTOCOLS: Final = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
PICKLE_ENDINGS: Final = (".pt", ".pth", ".pt2", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib", ".npy", ".npz")
HDF5_ENDINGS: Final = (".h5", ".hdf5")
KINDS: Final[dict[str, Kind]] = {".safetensors": "safetensors", ".json": "json", ".onnx": "onnx"}
HEAD_BYTES: Final = 16
TAIL_BYTES: Final = 1024 * 1024  # holds the directory of a ZIP


def find_kind(name: str, head: bytes, tail: bytes) -> Kind:
    """The kind of a file called `name` that begins with `head` and ends with `tail`.

    Raises UserError `import.pickle` and `import.unknown_format` with status 415.
    """
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if head.startswith(HDF5) or ending in HDF5_ENDINGS:
        return "hdf5"
    is_keras = head.startswith(ZIP) and all(entry in tail for entry in KERAS_ENTRIES)
    if ending == ".keras" or (is_keras and ending not in PICKLE_ENDINGS):
        return "keras"
    if ending in PICKLE_ENDINGS or _is_pickle(head, tail):
        raise UserError("import.pickle", status=415, name=name[:80])
    if ending not in KINDS:
        raise UserError("import.unknown_format", status=415, name=name[:80])
    return KINDS[ending]


def _is_pickle(head: bytes, tail: bytes) -> bool:
    """Pickles of protocol 2 on, and the ZIP that torch.save writes; an ONNX file begins with another tag."""
    return head.startswith(ZIP) or (head.startswith(PICKLE_PROTOCOLS) and tail.endswith(b"."))
