"""Models of Keras with their weights answer as Keras does; `keras_models/generate.py` asked it."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from tests.trainer.graph.importing.exported import loaded
from trainer.errors import UserError
from trainer.graph.__main__ import main
from trainer.graph.document import parse_document
from trainer.graph.importing.files import import_file
from trainer.graph.importing.imported import Imported
from trainer.graph.importing.weights import read_weights

MODELS = Path(__file__).parent / "keras_models"
NAMES = sorted(path.stem for path in MODELS.glob("*.keras"))
OLD = sorted(path.name.partition(".")[0] for path in MODELS.glob("*.h5.gz"))
TOLERANCE = 1e-5
SHAPE = [None, 2, 2, 3]


def part(name: str, entry: str) -> bytes:
    with zipfile.ZipFile(MODELS / f"{name}.keras") as archive:
        return archive.read(entry)


def largest_difference(name: str, found: Imported) -> float:
    """Between our answers and those of Keras to the same rows, wherever each has its channels."""
    told = json.loads((MODELS / f"{name}.json").read_text())
    compiled = loaded(found.document, found.weights)
    shapes = {node.name: node for node in found.document.nodes if node.type == "Input"}
    rows = {
        node.name: as_here(np.array(values), node.params["shape"], node.params["dtype"])
        for node, (_, values) in zip(shapes.values(), told["inputs"], strict=True)
    }
    with torch.no_grad():
        outputs = compiled.run(*(rows[name] for name in compiled.inputs))
    differences = []
    for output, answers in zip(outputs, told["outputs"], strict=True):
        expected = as_here(np.array(answers), list(output.shape[1:]), "float32")
        assert output.shape == expected.shape
        differences.append((output - expected).abs().max().item())
    return max(differences)


def as_here(values: np.ndarray[Any, Any], shape: list[int], dtype: str) -> torch.Tensor:
    if list(values.shape[1:]) != shape:
        values = np.moveaxis(values, -1, 1)
    assert list(values.shape[1:]) == shape
    return torch.from_numpy(values.copy()).to(getattr(torch, dtype))


@pytest.mark.parametrize("name", NAMES)
def test_an_imported_model_answers_as_keras_does(name: str) -> None:
    found = import_file((MODELS / f"{name}.keras").read_bytes(), "model.keras")
    assert [line for line in found.report.to_json("en") if line["level"] == "error"] == []
    assert not found.report.has("weights_missing")
    assert largest_difference(name, found) < TOLERANCE


@pytest.mark.parametrize("name", OLD)
def test_the_hdf5_of_before_answers_as_keras_does(name: str) -> None:
    found = import_file(gzip.decompress((MODELS / f"{name}.h5.gz").read_bytes()), "model.h5")
    assert not found.report.has("weights_missing")
    assert largest_difference(name, found) < TOLERANCE


@pytest.mark.parametrize("name", NAMES)
def test_weights_and_the_json_they_are_for_are_a_model_too(name: str) -> None:
    graph = json.loads(part(name, "config.json"))
    found = import_file(part(name, "model.weights.h5"), "model.weights.h5", graph)
    assert largest_difference(name, found) < TOLERANCE


def test_what_the_weights_lack_begins_random_and_is_named() -> None:
    graph = json.loads(part("dense", "config.json"))
    graph["config"]["layers"][1]["config"]["name"] = "other"
    graph["config"]["layers"][1]["class_name"] = "Dense"
    graph["config"]["layers"].append(
        {"class_name": "Dense", "config": {"name": "added", "units": 2}, "module": "keras.layers"}
    )
    found = import_file(part("dense", "model.weights.h5"), "w.weights.h5", graph)
    lines = [line["message"] for line in found.report.to_json("en") if line["level"] == "warning"]
    assert any("added" in line for line in lines)
    assert {name.partition(".")[0] for name in found.weights} >= {"other", "dense_1", "dense_2"}


def test_factors_of_channels_are_taken() -> None:
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file["layers/layer_scale/vars/0"] = np.array([2.0, -1.0, 0.5], np.float32)
    layers = [
        {"class_name": "MaxPooling2D", "config": {"name": "pool", "pool_size": 1, "batch_input_shape": SHAPE}},
        {"class_name": "LayerScale", "config": {"name": "scale", "projection_dim": 3}},
    ]
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    found = import_file(data.getvalue(), "w.weights.h5", model)
    (answer,) = loaded(found.document, found.weights).run(torch.ones(1, 3, 2, 2))
    assert answer[0, :, 0, 0].tolist() == [2.0, -1.0, 0.5]


def test_command_takes_a_model_of_keras(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, weights = tmp_path / "g.json", tmp_path / "w.safetensors"
    arguments = ["import", str(MODELS / "gru.keras"), "-o", str(target), "--weights", str(weights)]
    assert main([*arguments, "--language", "zh"]) == 0
    assert "Keras 模型" in capsys.readouterr().err
    found = Imported(parse_document(json.loads(target.read_text())), read_weights(weights.read_bytes()))
    assert largest_difference("gru", found) < TOLERANCE
    (tmp_path / "m.weights.h5").write_bytes(part("gru", "model.weights.h5"))
    (tmp_path / "m.json").write_bytes(part("gru", "config.json"))
    beside = [str(tmp_path / "m.weights.h5"), "--graph", str(tmp_path / "m.json"), "-o", str(target)]
    assert main(["import", *beside]) == 0
    assert main(["import", beside[0]]) == 2


def test_weights_alone_ask_for_their_model() -> None:
    with pytest.raises(UserError) as caught:
        import_file(part("dense", "model.weights.h5"), "w.weights.h5")
    assert caught.value.code == "import.keras_no_model"
