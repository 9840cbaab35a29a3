"""Models of Keras with their weights answer as Keras does; `keras_models/generate.py` asked it."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.trainer.graph.importing.exported import loaded
from trainer.errors import UserError
from trainer.graph.importing.files import import_file
from trainer.graph.importing.imported import Imported

MODELS = Path(__file__).parent / "keras_models"
NAMES = sorted(path.stem for path in MODELS.glob("*.keras"))
OLD = sorted(path.name.partition(".")[0] for path in MODELS.glob("*.h5.gz"))
TOLERANCE = 1e-5


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


def test_weights_alone_ask_for_their_model() -> None:
    with pytest.raises(UserError) as caught:
        import_file(part("dense", "model.weights.h5"), "w.weights.h5")
    assert caught.value.code == "import.keras_no_model"
