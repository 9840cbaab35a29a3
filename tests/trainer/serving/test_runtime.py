import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.bundles import FLOWER, FLOWERS, Linear, write_flower_bundle, write_image_bundle, write_number_bundle
from trainer.errors import UserError
from trainer.serving.runtime import Bundle, OnnxNetwork, not_finite_rows


def open_bundle(folder: Path) -> tuple[Bundle, OnnxNetwork]:
    bundle = Bundle.load(folder)
    return bundle, OnnxNetwork(folder, bundle.manifest, num_threads=1)


def test_prediction_is_the_network_applied_to_the_encoded_values(tmp_path):
    linear = write_flower_bundle(tmp_path / "bundle")
    bundle, network = open_bundle(tmp_path / "bundle")
    arrays = bundle.decode([FLOWER, {**FLOWER, "petal_length": 6.0}])
    (first, second) = bundle.encode(network.run(arrays))
    logits = arrays["measures"].astype(np.float64) @ linear.weight + linear.bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert list(first) == ["species"]
    assert first["species"]["class"] == FLOWERS[int(expected[0].argmax())]
    assert list(first["species"]["probabilities"].values()) == pytest.approx(expected[0].tolist(), abs=1e-5)
    assert list(second["species"]["probabilities"].values()) == pytest.approx(expected[1].tolist(), abs=1e-5)
    assert first != second


def test_class_that_is_a_number_comes_back_as_a_number(tmp_path):
    write_image_bundle(tmp_path / "bundle")
    bundle, network = open_bundle(tmp_path / "bundle")
    (answer,) = bundle.encode(network.run(bundle.decode([{"image": [[0] * 8] * 8}])))
    assert isinstance(answer["label"]["class"], int)
    assert sum(answer["label"]["probabilities"].values()) == pytest.approx(1)


def test_number_comes_back_on_the_scale_of_its_column(tmp_path):
    write_number_bundle(tmp_path / "bundle", Linear(np.zeros((4, 1), np.float32), np.zeros(1, np.float32)))
    bundle, network = open_bundle(tmp_path / "bundle")
    (answer,) = bundle.encode(network.run(bundle.decode([FLOWER])))
    assert answer["price"] == pytest.approx(100, abs=5)


def test_nan_is_null_in_its_row_only(tmp_path):
    write_flower_bundle(tmp_path / "bundle")
    bundle, _ = open_bundle(tmp_path / "bundle")
    outputs = {"species": np.array([[1, 2, 3], [np.nan, 0, 0]], np.float32)}
    good, bad = bundle.encode(outputs)
    assert good["species"]["class"] == "virginica"
    assert bad["species"]["class"] is None
    assert bad["species"]["not_finite"] is True
    assert not_finite_rows(outputs) == [1]


@pytest.mark.parametrize(
    ("arrays", "code"),
    [
        ({"other": np.zeros((1, 4), np.float32)}, "serving.tensor_names"),
        ({"measures": np.zeros((1, 5), np.float32)}, "serving.tensor_shape"),
        ({"measures": np.zeros((0, 4), np.float32)}, "serving.tensor_shape"),
        ({"measures": np.zeros(4, np.float32)}, "serving.tensor_shape"),
        ({"measures": np.zeros((1, 4), np.float64)}, "serving.tensor_type"),
    ],
)
def test_tensors_of_another_network_are_refused(tmp_path, arrays, code):
    write_flower_bundle(tmp_path / "bundle")
    bundle, _ = open_bundle(tmp_path / "bundle")
    assert bundle.check_arrays({"measures": np.zeros((3, 4), np.float32)}) == 3
    with pytest.raises(UserError) as caught:
        bundle.check_arrays(arrays)
    assert caught.value.code == code


def test_runtime_loads_no_torch():
    code = "import sys, trainer.serving.runtime; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
