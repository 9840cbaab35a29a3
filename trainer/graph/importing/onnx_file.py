"""Reading an ONNX file of a stranger: looked through as bytes before the parser sees it.

The parser allocates for every part, so parts are counted first. Tensors in other files, tensors of text and sparse ones
are refused there too: nothing of the file ever names a path that is opened.
"""

from collections.abc import Iterator
from typing import Any, Final

import onnx

from trainer.errors import UserError

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_PARTS: Final = 200_000
MAX_OTHER_BYTES: Final = 64 * 1024 * 1024  # what is not in initializers: nodes, names, documentation
GRAPH = 7  # field of ModelProto
NODE, INITIALIZER, SPARSE = 1, 5, 15  # fields of GraphProto
ATTRIBUTE = 5  # field of NodeProto
STRING_DATA, EXTERNAL_DATA = 6, 13  # fields of TensorProto
TENSOR_OF_ATTRIBUTE = 5


def read_model(data: bytes) -> Any:
    """The ModelProto in `data`. Raises `import.*` for what is too large, hides data elsewhere or cannot be read."""
    if len(data) > MAX_BYTES:
        raise UserError("import.too_large", status=413, size=len(data), limit=MAX_BYTES)
    _look_through(memoryview(data))
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's own errors, which have no common base of their own
        raise UserError("import.broken_onnx", reason=str(error)[:200]) from error
    if not model.HasField("graph") or not model.graph.node:
        raise UserError("import.no_outputs", what="operations")
    return model


class _Parts:
    """Counts the parts of the file and refuses too many."""

    def __init__(self) -> None:
        self.count = 0

    def fields(self, data: memoryview) -> Iterator[tuple[int, memoryview]]:
        """The fields of one message with their bytes; numbers have none."""
        place, end = 0, len(data)
        while place < end:
            self.count += 1
            if self.count > MAX_PARTS:
                raise UserError("import.too_many_parts", status=413, limit=MAX_PARTS)
            tag, place = _varint(data, place)
            match tag & 7:
                case 0:
                    _, place = _varint(data, place)
                    length = 0
                case 1:
                    length = 8
                case 2:
                    length, place = _varint(data, place)
                case 5:
                    length = 4
                case _:
                    raise UserError("import.broken_onnx", reason="it is no protocol buffer")
            if place + length > end:
                raise UserError("import.broken_onnx", reason="it ends too early")
            yield tag >> 3, data[place : place + length]
            place += length


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise UserError("import.broken_onnx", reason="it is no protocol buffer")


def _look_through(data: memoryview) -> None:
    parts = _Parts()
    other_bytes = 0
    for number, model_field in parts.fields(data):
        if number != GRAPH:
            other_bytes += len(model_field)
            continue
        for kind, graph_field in parts.fields(model_field):
            if kind == INITIALIZER:
                _refuse_tensor(parts, graph_field)
                continue
            if kind == SPARSE:
                raise UserError("import.broken_onnx", reason="sparse tensors are not taken")
            other_bytes += len(graph_field)
            if kind == NODE:
                _look_through_node(parts, graph_field)
    if other_bytes > MAX_OTHER_BYTES:
        raise UserError("import.too_large", status=413, size=other_bytes, limit=MAX_OTHER_BYTES)


def _look_through_node(parts: _Parts, node: memoryview) -> None:
    """Control flow keeps its graphs in attributes; those are not walked, and so not counted, but their size was."""
    for number, attribute in parts.fields(node):
        if number == ATTRIBUTE:
            for kind, value in parts.fields(attribute):
                if kind == TENSOR_OF_ATTRIBUTE:
                    _refuse_tensor(parts, value)


def _refuse_tensor(parts: _Parts, tensor: memoryview) -> None:
    for number, _ in parts.fields(tensor):
        if number == EXTERNAL_DATA:
            raise UserError("import.external_data")
        if number == STRING_DATA:
            raise UserError("import.broken_onnx", reason="tensors of text are not taken")
