"""Whatever file is given: what it is, by its bytes, and how it becomes a graph."""

from typing import Any, Final

from trainer.errors import UserError
from trainer.graph.document import parse_document, read_json
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.keras_file import read_archive, read_old
from trainer.graph.importing.keras_import import import_keras
from trainer.graph.importing.keras_model import is_keras
from trainer.graph.importing.kinds import HEAD_BYTES, TAIL_BYTES, find_kind
from trainer.graph.importing.onnx_import import import_onnx
from trainer.graph.importing.report import Report
from trainer.graph.importing.weights import fit_weights, read_weights
from trainer.graph.parts import Document

MAX_JSON_BYTES: Final = 16 * 1024 * 1024


def import_file(data: bytes, name: str, graph: Any = None) -> Imported:
    """The graph in `data` with its weights, or, for weights, `graph` with those that fit.

    Weights of Keras alone belong to a model of Keras: there `graph` is its JSON.
    Raises `import.*` for what is refused, with the status of the answer.
    """
    match find_kind(name, data[:HEAD_BYTES], data[-TAIL_BYTES:]):
        case "hdf5":
            return import_keras(*read_old(data, graph))
        case "keras":
            return import_keras(*read_archive(data))
        case "safetensors" if graph is None:
            raise UserError("import.no_graph", path="graph")
        case "safetensors":
            return fit_weights(parse_document(graph), read_weights(data), Report())
        case "json":
            return _import_json(data)
        case "onnx":
            return import_onnx(data)


def _import_json(data: bytes) -> Imported:
    value = read_json(data, max_bytes=MAX_JSON_BYTES)
    if is_keras(value):
        return import_keras(value)
    report = Report()
    document: Document = parse_document(value)
    report.say("info", "from_document", layers=len(document.nodes))
    return Imported(document, {}, report)
