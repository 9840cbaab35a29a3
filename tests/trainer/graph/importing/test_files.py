"""What a file is, by its bytes and its name, and what is refused with a sentence that says what to do."""

import io
import json
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.trainer.graph.documents import chain, node
from tests.trainer.graph.importing.exported import network, onnx_bytes
from trainer.errors import UserError
from trainer.graph.__main__ import main
from trainer.graph.document import parse_document
from trainer.graph.importing.files import import_file
from trainer.graph.importing.weights import read_weights, write_weights
from trainer.training.checkpoint import load_weights, save_weights

GRAPH = chain(node("a", "Input", shape=[4]), node("hidden", "Linear", out_features=3), node("c", "Output"))


def weights_of(graph: dict[str, Any]) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in network(parse_document(graph)).network.state_dict().items()}


def messages(data: bytes, name: str = "w.safetensors", graph: Any = GRAPH) -> dict[str, list[str]]:
    lines = import_file(data, name, graph).report.to_json("en")
    return {level: [line["message"] for line in lines if line["level"] == level] for level in ("info", "warning")}


def raw(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def torch_saved() -> bytes:
    file = io.BytesIO()
    torch.save({"w": torch.zeros(2)}, file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (pickle.dumps({"a": 1}), "model.onnx", "import.pickle"),
        (torch_saved(), "model.onnx", "import.pickle"),
        (b"anything", "model.pt", "import.pickle"),
        (b"anything", "model.PT2", "import.pickle"),
        (b"anything", "model.pkl", "import.pickle"),
        (b"anything", "model.npz", "import.pickle"),
        (b"anything", "model.exe", "import.unknown_format"),
        (b"anything", "model", "import.unknown_format"),
    ],
)
def test_what_may_hold_a_program_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        import_file(data, name)
    assert (caught.value.code, caught.value.status) == (code, 415)
    assert name in caught.value.message("zh")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234567",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 10) + b"{}",
        raw(b"[" * 100_000),
        raw(b"not json"),
        raw([1, 2]),
        raw({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        raw({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, bytes(8)),
        raw({"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, bytes(8)),
        raw({"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}, bytes(8)),
        raw({"w": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, bytes(8)),
        raw({"w": {"dtype": "OBJECT", "shape": [1], "data_offsets": [0, 4]}}, bytes(8)),
        raw({"w": {"dtype": "F32", "shape": [1], "data_offsets": [8, 4]}}, bytes(8)),
        raw({"w": 7}),
    ],
)
def test_a_safetensors_file_that_lies_is_refused(data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        import_file(data, "w.safetensors", GRAPH)
    assert caught.value.code == "import.broken_safetensors"


def test_weights_fit_by_name_and_shape() -> None:
    given = weights_of(GRAPH)
    told = messages(write_weights(given))
    assert told == {"info": ["2 of 2 tensors of the graph were found."], "warning": []}
    found = import_file(write_weights(given), "w.safetensors", GRAPH).weights
    assert all(np.array_equal(found[name], given[name]) for name in given)


def test_what_is_missing_left_over_or_of_another_shape_is_named() -> None:
    given = {"hidden.weight": np.zeros((3, 5), np.float32), "other.scale": np.zeros(2, np.float32)}
    told = messages(write_weights(given))
    assert told["info"] == ["0 of 2 tensors of the graph were found."]
    text = " ".join(told["warning"])
    assert "[3, 5]" in text
    assert "[3, 4]" in text
    assert "hidden.bias" in text
    assert "other.scale" in text


def test_weights_of_half_precision_are_read_exactly(tmp_path: Path) -> None:
    given = {"a": torch.randn(5).bfloat16(), "b": torch.randn(3).half(), "c": torch.arange(4, dtype=torch.int32)}
    save_weights(given, tmp_path / "w.safetensors")
    found = read_weights((tmp_path / "w.safetensors").read_bytes())
    for name, tensor in given.items():
        assert np.array_equal(found[name], tensor.float().numpy() if name != "c" else tensor.long().numpy())


def test_aliases_of_a_checkpoint_are_read(tmp_path: Path) -> None:
    shared = torch.randn(3)
    save_weights({"a": shared, "b": shared}, tmp_path / "w.safetensors")
    found = read_weights((tmp_path / "w.safetensors").read_bytes())
    assert np.array_equal(found["a"], found["b"])
    (tmp_path / "again.safetensors").write_bytes(write_weights(found))
    assert set(load_weights(tmp_path / "again.safetensors")) == {"a", "b"}


def test_weights_for_a_graph_with_problems_are_not_fitted() -> None:
    graph = chain(
        node("a", "Input", shape=[4]), node("c", "Conv2d", out_channels=2, kernel_size=3), node("o", "Output")
    )
    (line,) = import_file(write_weights({}), "w.safetensors", graph).report.to_json("en")
    assert line["level"] == "error"


def test_a_document_of_ours_comes_in_as_it_is() -> None:
    assert (
        import_file(json.dumps(GRAPH).encode(), "graph.json").document.to_json()["nodes"]
        == parse_document(GRAPH).to_json()["nodes"]
    )
    with pytest.raises(UserError) as caught:
        import_file(b'{"format": 1, "nodes": [{"type": "__import__"}]}', "graph.json")
    assert caught.value.status == 400


def test_command_writes_the_document_and_its_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = parse_document(GRAPH)
    (tmp_path / "m.onnx").write_bytes(onnx_bytes(document, network(document)))
    target, weights = tmp_path / "g.json", tmp_path / "w.safetensors"
    assert main(["import", str(tmp_path / "m.onnx"), "-o", str(target), "--weights", str(weights)]) == 0
    assert "ONNX model of" in capsys.readouterr().err
    assert parse_document(json.loads(target.read_text())).nodes[1].type == "Linear"
    assert main(["import", str(weights), "--graph", str(target)]) == 0
    assert "2 of 2 tensors" in capsys.readouterr().err
    assert main(["import", str(weights)]) == 2
