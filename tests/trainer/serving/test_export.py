"""Exports in processes of their own, as the worker does them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.checkpoints import chain, write_image_checkpoint, write_text_checkpoint
from tests.trainer.texts import following_graph, reading_graph, write_texts
from trainer.errors import UserError
from trainer.serving.bundle import Manifest
from trainer.serving.export import compare, random_arrays
from trainer.serving.generation import Continuation, Language, advance
from trainer.serving.runtime import Bundle, OnnxNetwork
from trainer.serving.torch_network import TorchNetwork

DENSE = chain(
    ("Flatten", {}),
    ("Linear", {"out_features": 16}),
    ("ReLU", {}),
    ("Dropout", {"p": 0.5}),
    ("Linear", {"out_features": 10}),
    shape=[1, 8, 8],
)

# Eight pixels do not divide into three windows, which ONNX has no operator for.
WITHOUT_ONNX = chain(
    ("AdaptiveMaxPool2d", {"output_size": [3, 3]}), ("Flatten", {}), ("Linear", {"out_features": 10}), shape=[1, 8, 8]
)


def export(checkpoint: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trainer.serving.export", str(checkpoint), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def dense(tmp_path_factory) -> tuple[Path, Path]:
    """The checkpoint of a dense graph, and its bundle."""
    folder = tmp_path_factory.mktemp("dense")
    write_image_checkpoint(folder / "checkpoint", DENSE)
    done = export(folder / "checkpoint", folder / "bundle")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["runtime"] == "onnx"
    return folder / "checkpoint", folder / "bundle"


def test_exported_network_answers_as_torch_does_at_every_batch_size(dense):
    checkpoint, folder = dense
    bundle = Bundle.load(folder)
    onnx, torch = OnnxNetwork(folder, bundle.manifest, num_threads=1), TorchNetwork(checkpoint)
    for rows in (1, 2, 5, 7, 64):
        arrays = {"image": np.random.default_rng(rows).standard_normal((rows, 1, 8, 8), dtype=np.float32)}
        np.testing.assert_allclose(onnx.run(arrays)["label"], torch.run(arrays)["label"], atol=1e-5)


def test_manifest_says_what_was_compared(dense):
    manifest = Manifest.load(dense[1])
    assert manifest.num_parameters == 64 * 16 + 16 + 16 * 10 + 10
    assert manifest.parity is not None
    assert set(manifest.parity.largest_difference) == {"1", "2", "7"}
    assert max(manifest.parity.largest_difference.values()) <= manifest.parity.absolute_tolerance
    (tensor,) = manifest.inputs
    assert (tensor.name, tensor.shape, tensor.dtype) == ("image", (1, 8, 8), "float32")
    assert [(tensor.name, tensor.shape) for tensor in manifest.outputs] == [("label", (10,))]


def test_bundle_for_onnx_holds_no_weights_of_torch(dense):
    assert {path.name for path in dense[1].iterdir()} == {"bundle.json", "encoders.json", "graph.onnx"}


def test_raw_picture_becomes_a_class_without_torch(dense):
    bundle = Bundle.load(dense[1])
    network = OnnxNetwork(dense[1], bundle.manifest, num_threads=1)
    (answer,) = bundle.encode(network.run(bundle.decode([{"image": [[7] * 8] * 8}])))
    assert answer["label"]["class"] in range(10)
    assert sum(answer["label"]["probabilities"].values()) == pytest.approx(1)


def test_checkpoint_that_is_not_there_ends_with_a_status_and_no_bundle(tmp_path):
    done = export(tmp_path / "nothing", tmp_path / "bundle")
    assert done.returncode != 0
    assert not (tmp_path / "bundle" / "bundle.json").exists()


def test_graph_that_onnx_cannot_say_is_served_by_torch_and_the_reason_kept(tmp_path):
    write_image_checkpoint(tmp_path / "checkpoint", WITHOUT_ONNX)
    done = export(tmp_path / "checkpoint", tmp_path / "bundle")
    assert done.returncode == 0, done.stderr
    manifest = Manifest.load(tmp_path / "bundle")
    assert manifest.runtime == "torch"
    assert manifest.reason is not None
    assert manifest.reason["code"] == "serving.export_refused"
    assert "\x1b" not in manifest.reason["fields"]["reason"]
    assert not (tmp_path / "bundle" / "graph.onnx").exists()
    arrays = {"image": np.random.default_rng(0).standard_normal((3, 1, 8, 8), dtype=np.float32)}
    answer = TorchNetwork(tmp_path / "bundle").run(arrays)["label"]
    np.testing.assert_array_equal(answer, TorchNetwork(tmp_path / "checkpoint").run(arrays)["label"])


def test_parity_check_refuses_a_network_that_answers_otherwise(dense):
    bundle = Bundle.load(dense[1])
    network = OnnxNetwork(dense[1], bundle.manifest, num_threads=1)
    inputs = dict(bundle.encoders.inputs)
    expected = {rows: network.run(random_arrays(inputs, rows)) for rows in (1, 2)}
    assert compare(network, inputs, expected).largest_difference == {"1": 0.0, "2": 0.0}
    expected[2] = {"label": expected[2]["label"] + 0.01}
    with pytest.raises(UserError) as caught:
        compare(network, inputs, expected)
    assert caught.value.code == "serving.export_differs"
    expected[2] = {"label": expected[2]["label"][:1]}
    with pytest.raises(UserError) as caught:
        compare(network, inputs, expected)
    assert caught.value.code == "serving.export_shape"


def test_only_what_predicts_is_served(tmp_path):
    """A variational autoencoder: its divergence and its target stay behind, and so does what only they need."""
    nodes = [
        ("image", "Input", {"columns": ["image"], "shape": [1, 8, 8], "dtype": "float32"}),
        ("flat", "Flatten", {}),
        ("mu", "Linear", {"out_features": 3}),
        ("logvar", "Linear", {"out_features": 3}),
        ("decoded", "Linear", {"out_features": 64}),
        ("rebuilt", "Output", {"loss": {"type": "MSELoss", "params": {}}}),
        ("divergence", "Output", {"loss": {"type": "KLDivNormal", "params": {}}, "predict": False}),
    ]
    wires = ["image.flat", "flat.mu", "flat.logvar", "mu.decoded", "decoded.rebuilt", "flat.rebuilt.target"]
    wires += ["mu.divergence.mu", "logvar.divergence.logvar"]
    edges = []
    for wire in wires:
        source, target, *port = wire.split(".")
        edges.append({"id": wire.replace(".", "-"), "source": source, "target": target})
        edges[-1] |= {"target_port": port[0] if port else "input"}
    document = {"format": 1, "nodes": [{"id": n, "name": n, "type": t, "params": p} for n, t, p in nodes]}
    write_image_checkpoint(tmp_path / "checkpoint", document | {"edges": edges, "blocks": {}, "notes": []})
    encoders = json.loads((tmp_path / "checkpoint" / "encoders.json").read_text())
    (tmp_path / "checkpoint" / "encoders.json").write_text(json.dumps(encoders | {"outputs": {}}))

    done = export(tmp_path / "checkpoint", tmp_path / "bundle")
    assert done.returncode == 0, done.stderr
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.manifest.runtime == "onnx"
    assert [(tensor.name, tensor.shape) for tensor in bundle.manifest.outputs] == [("rebuilt", (64,))]
    assert bundle.manifest.num_parameters == 64 * 3 + 3 + 3 * 64 + 64  # not those of logvar
    network = OnnxNetwork(tmp_path / "bundle", bundle.manifest, num_threads=1)
    (answer,) = bundle.encode(network.run(bundle.decode([{"image": [[7] * 8] * 8}])))
    assert len(answer["rebuilt"]) == 64


def test_graph_in_which_nothing_predicts_is_not_exported(tmp_path):
    document = json.loads(json.dumps(DENSE))
    document["nodes"][-1]["params"]["predict"] = False
    write_image_checkpoint(tmp_path / "checkpoint", document)
    done = export(tmp_path / "checkpoint", tmp_path / "bundle")
    assert done.returncode == 1
    assert "serving.no_prediction" in done.stdout


def test_a_network_that_reads_texts_is_served_by_onnx(tmp_path):
    write_text_checkpoint(tmp_path / "checkpoint", reading_graph(), write_texts(tmp_path / "data"))
    done = export(tmp_path / "checkpoint", tmp_path / "bundle")
    assert json.loads(done.stdout.splitlines()[-1])["runtime"] == "onnx", done.stdout
    bundle = Bundle.load(tmp_path / "bundle")
    arrays = bundle.decode([{"text": "The fresh bread was lovely"}, {"text": None}])
    onnx = OnnxNetwork(tmp_path / "bundle", bundle.manifest, num_threads=1).run(arrays)
    np.testing.assert_allclose(onnx["answer"], TorchNetwork(tmp_path / "checkpoint").run(arrays)["answer"], atol=1e-5)
    assert bundle.encode(onnx)[0]["answer"]["class"] in ("good", "bad")


def test_a_network_that_goes_on_with_texts_is_served_by_onnx(tmp_path):
    write_text_checkpoint(tmp_path / "checkpoint", following_graph(), write_texts(tmp_path / "data"))
    done = export(tmp_path / "checkpoint", tmp_path / "bundle")
    assert json.loads(done.stdout.splitlines()[-1])["runtime"] == "onnx", done.stdout
    bundle = Bundle.load(tmp_path / "bundle")
    language = Language.of(bundle)
    assert language is not None
    said = []
    for network in (
        OnnxNetwork(tmp_path / "bundle", bundle.manifest, num_threads=1),
        TorchNetwork(tmp_path / "checkpoint"),
    ):
        (prompt,) = language.read([{"prompt": "The fresh bread", "max_tokens": 12, "seed": 1}])
        text = Continuation(language, prompt)
        while not text.is_over:
            advance(network, language, [text])
        said.append(text.answered)
    assert said[0] == said[1]
    assert len(said[0]) == 12
