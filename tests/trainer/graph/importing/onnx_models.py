"""Models of others, put together by hand, and their comparison with ONNX Runtime."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from tests.trainer.graph.importing.exported import loaded
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.onnx_import import import_onnx

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
