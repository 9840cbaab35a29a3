"""Whatever file is given: what it is, by its bytes, and how it becomes a graph."""

from typing import Any, Final

from trainer.errors import UserError
from trainer.graph.document import parse_document, read_json
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.keras_file import ZIP, is_archive, read_archive, read_old
from trainer.graph.importing.keras_hdf5 import SIGNATURE
from trainer.graph.importing.keras_import import import_keras
from trainer.graph.importing.keras_model import is_keras
from trainer.graph.importing.onnx_import import import_onnx
from trainer.graph.importing.report import Report
from trainer.graph.importing.weights import fit_weights, read_weights
from trainer.graph.parts import Document

PICKLE_ENDINGS: Final = (".pt", ".pth", ".pt2", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib", ".npy", ".npz")
HDF5_ENDINGS: Final = (".h5", ".hdf5")
MAX_JSON_BYTES: Final = 16 * 1024 * 1024


def import_file(data: bytes, name: str, graph: Any = None) -> Imported:
    """The graph in `data` with its weights, or, for weights, `graph` with those that fit.

    Weights of Keras alone belong to a model of Keras: there `graph` is its JSON.
    Raises `import.*` for what is refused, with the status of the answer.
    """
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if data.startswith(SIGNATURE) or ending in HDF5_ENDINGS:
        return import_keras(*read_old(data, graph))
    if ending == ".keras" or (ending not in PICKLE_ENDINGS and is_archive(data)):
        return import_keras(*read_archive(data))
    if ending in PICKLE_ENDINGS or _is_pickle(data):
        raise UserError("import.pickle", status=415, name=name[:80])
    if ending == ".safetensors":
        if graph is None:
            raise UserError("import.no_graph", path="graph")
        return fit_weights(parse_document(graph), read_weights(data), Report())
    if ending == ".json":
        return _import_json(data)
    if ending == ".onnx":
        return import_onnx(data)
    raise UserError("import.unknown_format", status=415, name=name[:80])


def _is_pickle(data: bytes) -> bool:
    """Pickles of protocol 2 on, and the ZIP that torch.save writes; an ONNX file begins with another tag."""
    return data.startswith(ZIP) or (data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05" and data.endswith(b"."))


def _import_json(data: bytes) -> Imported:
    value = read_json(data, max_bytes=MAX_JSON_BYTES)
    if is_keras(value):
        return import_keras(value)
    report = Report()
    document: Document = parse_document(value)
    report.say("info", "from_document", layers=len(document.nodes))
    return Imported(document, {}, report)
