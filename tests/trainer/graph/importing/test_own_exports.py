"""What we export we can import: the same outputs from every template, and from layers that an export takes apart."""

import pytest

from tests.trainer.graph.importing.exported import largest_difference, loaded, network, onnx_bytes, with_facts
from tests.trainer.layers.instances import entry_document
from trainer.graph.document import Document, parse_document
from trainer.graph.importing.onnx_import import import_onnx
from trainer.graph.templates import load_template, template_names
from trainer.layers.registry import CATALOGUE

CLOSE = 1e-5
# Each with its optional ports wired or not.
TAKEN_APART = (
    ("Linear", False),
    ("Bilinear", False),
    ("Conv2d", False),
    ("ConvTranspose1d", False),
    ("ConvTranspose2d", False),
    ("ConvTranspose3d", False),
    ("AvgPool2d", False),
    ("AdaptiveAvgPool2d", False),
    ("AdaptiveMaxPool2d", False),
    ("BatchNorm2d", False),
    ("LayerNorm", False),
    ("RMSNorm", False),
    ("GroupNorm", False),
    ("InstanceNorm2d", False),
    ("PReLU", False),
    ("GELU", False),
    ("SiLU", False),
    ("Softplus", False),
    ("Softsign", False),
    ("Softshrink", False),
    ("Hardshrink", False),
    ("Threshold", False),
    ("LogSigmoid", False),
    ("GLU", False),
    ("LSTM", True),
    ("GRU", True),
    ("RNN", True),
    ("LSTMCell", True),
    ("GRUCell", True),
    ("MultiheadAttention", False),
    ("MultiheadAttention", True),
    ("TransformerEncoderLayer", True),
    ("TransformerDecoderLayer", True),
    ("Embedding", False),
    ("Positions", False),
    ("Parameter", False),
    ("PaddingMask", False),
    ("LastStep", False),
    ("LastStep", True),
    ("MaskedMean", False),
    ("OneHot", False),
    ("Stack", False),
    ("Split", False),
    ("Slice", False),
    ("Select", False),
    ("Gather", False),
    ("Where", False),
    ("Repeat", False),
    ("Cast", False),
    ("Clamp", False),
    ("Abs", False),
    ("Exp", False),
    ("Sin", False),
    ("Var", False),
    ("Norm", False),
    ("ArgMax", False),
    ("PixelUnshuffle", False),
    ("CosineSimilarity", False),
)
# What of them comes back as itself, though its export is another row of operations.
RECOVERED = (
    ("GELU", False),
    ("SiLU", False),
    ("Softplus", False),
    ("Softsign", False),
    ("Softshrink", False),
    ("Hardshrink", False),
    ("Threshold", False),
    ("LogSigmoid", False),
    ("Positions", False),
    ("PaddingMask", False),
    ("LastStep", True),
    ("MaskedMean", False),
    ("OneHot", False),
)


def check_round_trip(document: Document) -> Document:
    original = network(document)
    imported = import_onnx(onnx_bytes(document, original))
    again = loaded(imported.document, imported.weights)
    for batch in (1, 5):
        assert largest_difference(original, again, document, batch) <= CLOSE
    assert any("ONNX Runtime" in line["message"] for line in imported.report.to_json("en"))
    return imported.document


@pytest.mark.parametrize("name", template_names())
def test_an_exported_template_comes_back_with_the_same_outputs(name: str) -> None:
    check_round_trip(parse_document(with_facts(load_template(name))))


@pytest.mark.parametrize(("layer", "optional"), TAKEN_APART)
def test_an_exported_layer_comes_back_with_the_same_outputs(layer: str, optional: bool) -> None:
    found = check_round_trip(entry_document(CATALOGUE[layer], optional=optional))
    if (layer, optional) in RECOVERED:
        assert [node.type for node in found.nodes if node.type not in ("Input", "Output")] == [layer]


def test_a_layer_used_twice_comes_back_as_one() -> None:
    nodes = [
        {"id": "a", "name": "one", "type": "Input", "params": {"shape": [4]}},
        {"id": "b", "name": "other", "type": "Input", "params": {"shape": [4]}},
        {"id": "l", "name": "branch", "type": "Linear", "params": {"out_features": 4}},
        {"id": "m", "name": "again", "type": "Linear", "params": {"out_features": 4}, "shares": "l"},
        {"id": "s", "name": "apart", "type": "Sub"},
        {"id": "o", "name": "result", "type": "Output"},
    ]
    wires = [("a", "l", "input"), ("b", "m", "input"), ("l", "s", "input"), ("m", "s", "other"), ("s", "o", "input")]
    edges = [{"id": f"e{n}", "source": s, "target": t, "target_port": p} for n, (s, t, p) in enumerate(wires)]
    document = parse_document({"format": 1, "nodes": nodes, "edges": edges})
    original = network(document)
    imported = import_onnx(onnx_bytes(document, original))

    assert sum(node.shares is not None for node in imported.document.nodes) == 1
    assert sum(array.size for array in imported.weights.values()) == 20
    assert largest_difference(original, loaded(imported.document, imported.weights), document, 3) <= CLOSE


def test_names_of_weights_come_back_as_names_of_nodes() -> None:
    document = parse_document(with_facts(load_template("digits-dense")))
    original = network(document)
    imported = import_onnx(onnx_bytes(document, original))

    assert set(imported.weights) == set(original.network.state_dict())
