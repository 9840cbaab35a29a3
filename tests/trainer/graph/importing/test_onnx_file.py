"""ONNX files of strangers: what is refused, quickly and with a sentence that says what to do."""

import time

import numpy as np
import pytest
from onnx import TensorProto, helper

from tests.trainer.graph.importing.onnx_models import model, node, types
from trainer.errors import UserError
from trainer.graph.importing import draft
from trainer.graph.importing.files import import_file
from trainer.graph.importing.onnx_file import MAX_PARTS
from trainer.graph.importing.onnx_import import import_onnx


def refused(data: bytes, name: str = "model.onnx") -> UserError:
    started = time.perf_counter()
    with pytest.raises(UserError) as caught:
        import_file(data, name)
    assert time.perf_counter() - started < 5
    assert caught.value.message("zh") != caught.value.message("en")
    return caught.value


def test_weights_in_other_files_are_not_followed() -> None:
    made = helper.make_tensor("w", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])
    made.ClearField("float_data")
    made.data_location = TensorProto.EXTERNAL
    entry = made.external_data.add()
    entry.key, entry.value = "location", "../../../etc/passwd"
    graph = helper.make_graph(
        [node("Add", "x w", "y")],
        "g",
        [helper.make_tensor_value_info("x", 1, ["N", 3])],
        [helper.make_tensor_value_info("y", 1, None)],
        [made],
    )
    assert refused(helper.make_model(graph).SerializeToString()).code == "import.external_data"
    inside = helper.make_node("Constant", [], ["w"], value=made)
    graph = helper.make_graph([inside], "g", [], [helper.make_tensor_value_info("w", 1, None)])
    assert refused(helper.make_model(graph).SerializeToString()).code == "import.external_data"


@pytest.mark.parametrize(
    "data",
    [b"", b"not a model", b"\xff" * 1000, b"\x08\x07" * 10, b"\x3a\xff\xff\xff\xff\x0f", b"\x0b" * 5000],
    ids=["nothing", "words", "ones", "no graph", "a length that lies", "groups"],
)
def test_what_is_no_model_is_refused(data: bytes) -> None:
    assert refused(data).code in ("import.broken_onnx", "import.no_outputs")


def test_too_many_parts_are_refused_before_they_are_parsed() -> None:
    parts = b"\x0a\x02\x0a\x00" * (MAX_PARTS + 1)  # nodes with one empty input
    size = len(parts)
    length = bytes([(size & 127) | 128, (size >> 7 & 127) | 128, size >> 14 & 127])
    error = refused(b"\x3a" + length + parts)
    assert (error.code, error.status) == ("import.too_many_parts", 413)


def test_a_tensor_that_lies_about_its_size_is_refused() -> None:
    made = helper.make_tensor("w", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])
    made.dims[0] = 10**12
    graph = helper.make_graph(
        [node("Add", "x w", "y")],
        "g",
        [helper.make_tensor_value_info("x", 1, ["N", 3])],
        [helper.make_tensor_value_info("y", 1, None)],
        [made],
    )
    assert refused(helper.make_model(graph).SerializeToString()).code == "import.broken_onnx"


def test_a_constant_that_would_grow_without_end_is_not_computed() -> None:
    nodes = [node("Range", "zero huge one", "r"), node("Add", "x r", "y")]
    weights = {"zero": np.float32(0), "huge": np.float32(1e12), "one": np.float32(1)}
    started = time.perf_counter()
    imported = import_onnx(model(nodes, ("N", 3), {name: np.asarray(value) for name, value in weights.items()}))
    assert time.perf_counter() - started < 5
    assert "Unknown" in types(imported)


def test_an_input_without_sizes_is_refused_with_what_to_do() -> None:
    error = refused(model([node("Relu", "x", "y")], ("N", 3, "height", "width")))
    assert error.code == "import.open_axis"
    assert "height" in error.message()


def test_a_graph_of_more_layers_than_a_document_may_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "MAX_NODES", 8)
    nodes = [node("Relu", "x" if n == 0 else f"r{n}", f"r{n + 1}") for n in range(8)]
    assert len(types(import_onnx(model([*nodes[:5], node("Relu", "r5", "y")], ("N", 3))))) == 6
    error = refused(model([*nodes, node("Relu", "r8", "y")], ("N", 3)))
    assert error.code == "import.too_many_layers"
