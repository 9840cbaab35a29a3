"""Models of others: each operation against ONNX Runtime, locked nodes for what is not known, hostile files refused."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from tests.trainer.graph.importing.exported import loaded
from trainer.errors import UserError
from trainer.graph.analysis import analyse
from trainer.graph.document import parse_document
from trainer.graph.importing.files import import_file
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.onnx_file import MAX_PARTS
from trainer.graph.importing.onnx_import import import_onnx
from trainer.graph.importing.views import BATCH, View, Wire

RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def node(op: str, inputs: str, outputs: str, **attributes: Any) -> Any:
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(op, names, outputs.split(), **attributes)


def model(
    nodes: Sequence[Any],
    shape: Sequence[Any],
    weights: dict[str, np.ndarray] | None = None,
    *,
    opset: int = 17,
    dtype: int = TensorProto.FLOAT,
) -> bytes:
    """A model from `x` to `y`, with its weights."""
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", dtype, list(shape))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    data: bytes = made.SerializeToString()
    return data


def outputs_of(data: bytes, arrays: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    found: np.ndarray = session.run(None, {"x": arrays})[0]
    return found


def check(data: bytes, arrays: np.ndarray, close: float = 1e-5) -> Imported:
    """The imported graph gives what ONNX Runtime gives; its inputs have the batch first."""
    imported = import_onnx(data)
    assert [line for line in imported.report.to_json("en") if line["level"] == "error"] == []
    compiled = loaded(imported.document, imported.weights)
    with torch.no_grad():
        (ours,) = compiled.run(torch.from_numpy(arrays))
    expected = outputs_of(data, arrays)
    assert ours.shape == expected.shape
    assert np.abs(ours.numpy() - expected).max() <= close * max(1.0, np.abs(expected).max())
    return imported


def types(imported: Imported) -> list[str]:
    return [entry.type for entry in imported.document.nodes if entry.type not in ("Input", "Output")]


PICTURE = ("N", 3, 9, 8)
OPERATIONS: dict[str, tuple[list[Any], Sequence[Any], dict[str, np.ndarray]]] = {
    "convolution padded on one side": (
        [node("Conv", "x w b", "y", pads=[0, 1, 1, 2], strides=[2, 1])],
        PICTURE,
        {"w": numbers(4, 3, 3, 3), "b": numbers(4)},
    ),
    "convolution padded to the same size": (
        [node("Conv", "x w", "y", auto_pad="SAME_UPPER", strides=[2, 2])],
        PICTURE,
        {"w": numbers(4, 3, 3, 3)},
    ),
    "convolution in groups with gaps": (
        [node("Conv", "x w", "y", group=3, dilations=[2, 1], pads=[2, 1, 2, 1])],
        PICTURE,
        {"w": numbers(6, 1, 3, 3)},
    ),
    "transposed convolution": (
        [node("ConvTranspose", "x w b", "y", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])],
        PICTURE,
        {"w": numbers(3, 5, 3, 3), "b": numbers(5)},
    ),
    "largest of windows at the rim": (
        [node("MaxPool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])],
        PICTURE,
        {},
    ),
    "mean of windows": (
        [node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])],
        PICTURE,
        {},
    ),
    "mean of windows with the rim": (
        [node("AveragePool", "x", "y", kernel_shape=[2, 2], pads=[0, 0, 1, 1], count_include_pad=1)],
        PICTURE,
        {},
    ),
    "mean of the picture": ([node("GlobalAveragePool", "x", "y")], PICTURE, {}),
    "batch normalization": (
        [node("BatchNormalization", "x s b m v", "y", epsilon=1e-3)],
        PICTURE,
        {"s": numbers(3), "b": numbers(3), "m": numbers(3), "v": np.abs(numbers(3)) + 0.5},
    ),
    "general product": (
        [node("Flatten", "x", "f"), node("Gemm", "f w b", "y", alpha=0.5, beta=2.0)],
        ("N", 3, 4),
        {"w": numbers(12, 5), "b": numbers(5)},
    ),
    "product and sum": (
        [node("MatMul", "x w", "m"), node("Add", "b m", "y")],
        ("N", 6, 4),
        {"w": numbers(4, 5), "b": numbers(5)},
    ),
    "channels put last and back": (
        [
            node("Transpose", "x", "t", perm=[0, 2, 3, 1]),
            node("Softmax", "t", "s", axis=-1),
            node("Transpose", "s", "y", perm=[0, 3, 1, 2]),
        ],
        PICTURE,
        {},
    ),
    "scale a channel": ([node("Mul", "x c", "m"), node("Add", "m c", "y")], PICTURE, {"c": numbers(3, 1, 1)}),
    "one less it": ([node("Sub", "one x", "y")], PICTURE, {"one": np.array([1.0], dtype=np.float32)}),
    "GELU in pieces": (
        [
            node("Div", "x r", "d"),
            node("Erf", "d", "e"),
            node("Add", "e one", "p"),
            node("Mul", "x p", "m"),
            node("Mul", "m half", "y"),
        ],
        ("N", 7),
        {"r": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)},  # type: ignore[dict-item]
    ),
    "layer normalization in pieces": (
        [
            node("ReduceMean", "x", "m", axes=[-1]),
            node("Sub", "x m", "c"),
            node("Pow", "c two", "q"),
            node("ReduceMean", "q", "v", axes=[-1]),
            node("Add", "v eps", "a"),
            node("Sqrt", "a", "s"),
            node("Div", "c s", "n"),
            node("Mul", "n w", "g"),
            node("Add", "g b", "y"),
        ],
        ("N", 4, 6),
        {"two": np.float32(2), "eps": np.float32(1e-5), "w": numbers(6), "b": numbers(6)},  # type: ignore[dict-item]
    ),
    "size without sign": ([node("Abs", "x", "y")], PICTURE, {}),
    "exponential": ([node("Exp", "x", "y")], PICTURE, {}),
    "clip to six": (
        [node("Clip", "x low high", "y")],
        PICTURE,
        {"low": np.float32(0), "high": np.float32(6)},  # type: ignore[dict-item]
    ),
    "hard swish": ([node("HardSwish", "x", "y")], PICTURE, {}),
    "hard sigmoid of Keras": ([node("HardSigmoid", "x", "y", alpha=0.2, beta=0.5)], PICTURE, {}),
    "enlarge to the nearest": (
        [
            node(
                "Resize",
                "x - s",
                "y",
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
        ],
        PICTURE,
        {"s": np.array([1, 1, 2, 2], dtype=np.float32)},
    ),
    "pad by reflection": ([node("Pad", "x p", "y", mode="reflect")], PICTURE, {"p": whole(0, 0, 1, 2, 0, 0, 2, 1)}),
    "every other column": (
        [node("Slice", "x a b c d", "y")],
        PICTURE,
        {"a": whole(1), "b": whole(100), "c": whole(3), "d": whole(2)},
    ),
    "halves joined the other way round": (
        [node("Split", "x s", "a b", axis=3), node("Concat", "b a", "y", axis=3)],
        PICTURE,
        {"s": whole(3, 5)},
    ),
    "attention with heads merged into the batch": (
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("Reshape", "t h", "r"),
            node("Transpose", "r", "q", perm=[1, 0, 2]),
            node("Transpose", "q", "k", perm=[0, 2, 1]),
            node("MatMul", "q k", "s"),
            node("Softmax", "s", "p", axis=-1),
            node("MatMul", "p q", "o"),
            node("Transpose", "o", "u", perm=[1, 0, 2]),
            node("Shape", "t", "shape"),
            node("Reshape", "u shape", "v"),
            node("Transpose", "v", "y", perm=[1, 0, 2]),
        ],
        ("N", 5, 8),
        {"h": whole(5, -1, 4)},
    ),
    "shape that is computed": (
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n"),
            node("Unsqueeze", "n zero1", "u"),
            node("Concat", "u rest", "c", axis=0),
            node("Reshape", "x c", "y"),
        ],
        PICTURE,
        {"zero": np.int64(0), "zero1": whole(0), "rest": whole(-1)},  # type: ignore[dict-item]
    ),
    "recurrent with both ways": (
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("LSTM", "t w r b", "o", direction="bidirectional", hidden_size=4),
            node("Transpose", "o", "p", perm=[2, 0, 1, 3]),
            node("Reshape", "p s", "y"),
        ],
        ("N", 5, 3),
        {"w": numbers(2, 16, 3), "r": numbers(2, 16, 4), "b": numbers(2, 32), "s": whole(0, 5, 8)},
    ),
    "gated with its reset after": (
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("GRU", "t w r b", "- h", linear_before_reset=1, hidden_size=4),
            node("Squeeze", "h zero", "y"),
        ],
        ("N", 5, 3),
        {"w": numbers(1, 12, 3), "r": numbers(1, 12, 4), "b": numbers(1, 24), "zero": whole(0)},
    ),
}


@pytest.mark.parametrize("what", OPERATIONS)
def test_an_operation_gives_what_onnx_runtime_gives(what: str) -> None:
    nodes, shape, weights = OPERATIONS[what]
    weights = {name: np.asarray(array) for name, array in weights.items()}
    check(model(nodes, shape, weights), numbers(4, *shape[1:]))


def test_pieces_of_a_layer_become_the_layer() -> None:
    found = {what: types(import_onnx(model(*OPERATIONS[what]))) for what in OPERATIONS if "in pieces" in what}
    assert found == {"GELU in pieces": ["GELU"], "layer normalization in pieces": ["LayerNorm"]}


def test_axes_moved_there_and_back_make_no_nodes() -> None:
    back = [
        node("Transpose", "x", "t", perm=[2, 0, 1]),
        node("Relu", "t", "r"),
        node("Transpose", "r", "y", perm=[1, 2, 0]),
    ]
    assert types(check(model(back, ("N", 3, 4)), numbers(2, 3, 4))) == ["ReLU"]


def test_a_table_is_an_embedding() -> None:
    data = model([node("Gather", "w x", "y")], ("N", 5), {"w": numbers(9, 3)}, dtype=TensorProto.INT64)
    imported = check(data, RANDOM.integers(0, 9, (4, 5)))
    assert types(imported) == ["Embedding"]


def test_a_file_made_for_one_row_takes_any_number() -> None:
    nodes = [node("Conv", "x w", "c"), node("Reshape", "c s", "f"), node("Gemm", "f g", "y")]
    weights = {"w": numbers(2, 3, 3, 3), "s": whole(1, -1), "g": numbers(2 * 7 * 6, 5)}
    data = model(nodes, (1, 3, 9, 8), weights)
    imported = check(data, numbers(1, 3, 9, 8))
    rows = torch.from_numpy(numbers(6, 3, 9, 8))
    assert loaded(imported.document, imported.weights).run(rows)[0].shape == (6, 5)


def test_time_first_is_seen_as_it_is() -> None:
    data = model(
        [node("RNN", "x w r", "o", hidden_size=4), node("Squeeze", "o one", "y")],
        (5, "N", 3),
        {"w": numbers(1, 4, 3), "r": numbers(1, 4, 4), "one": whole(1)},
    )
    imported = import_onnx(data)
    rows = numbers(2, 5, 3)
    (ours,) = loaded(imported.document, imported.weights).run(torch.from_numpy(rows))
    assert np.abs(ours.detach().numpy().transpose(1, 0, 2) - outputs_of(data, rows.transpose(1, 0, 2))).max() < 1e-5
    assert next(line["level"] for line in imported.report.to_json("en")) == "warning"


def test_an_unknown_operation_is_a_locked_node_that_keeps_its_wires() -> None:
    nodes = [node("Relu", "x", "r"), node("Det", "r", "d"), node("Sigmoid", "d", "y")]
    imported = import_onnx(model(nodes, ("N", 4, 4)))
    document = parse_document(imported.document.to_json())
    assert types(imported) == ["ReLU", "Unknown", "Sigmoid"]
    answer = analyse(document)
    (problem,) = [entry for entry in answer["problems"] if entry["code"] == "import.unknown_op"]
    assert "Det" in problem["message"]
    assert answer["nodes"]["n1"]["state"] == "ok"
    assert next(line["level"] for line in imported.report.to_json("zh")) == "error"


def test_control_flow_and_foreign_domains_are_locked() -> None:
    body = helper.make_graph([node("Relu", "x", "z")], "body", [], [helper.make_tensor_value_info("z", 1, None)])
    flow = [helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)]
    imported = import_onnx(model(flow, ("N", 4), {"c": np.array(True)}))
    assert types(imported) == ["Unknown"]
    foreign = [helper.make_node("Relu", ["x"], ["y"], domain="evil.example")]
    assert types(import_onnx(model(foreign, ("N", 4)))) == ["Unknown"]


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


def test_reshaping_keeps_track_of_the_batch() -> None:
    view = View(Wire("n1"), (BATCH, 5, 8), ((0,), (1,), (2,)))
    heads = view.transposed((1, 0, 2)).reshaped((5, BATCH * 2, 4))
    assert heads is not None
    assert heads.shape == (5, BATCH * 2, 4)
    back = heads.reshaped((5, BATCH, 8))
    assert back is not None
    assert back.transposed((1, 0, 2)).shape == view.shape
    assert view.reshaped((8, 5 * BATCH)) is None
