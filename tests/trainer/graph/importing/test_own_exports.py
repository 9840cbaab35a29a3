"""What we export we can import: the same outputs from every template, and from layers that an export takes apart."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.trainer.graph.documents import graph, node
from tests.trainer.graph.importing.exported import largest_difference, loaded, network, onnx_bytes, with_facts
from tests.trainer.layers.instances import entry_document
from trainer.graph.document import Document, parse_document
from trainer.graph.importing.onnx_import import import_onnx
from trainer.graph.importing.ties import tie
from trainer.graph.parts import Node
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


# The layers that templates come back as, where exports take theirs apart; Dropout leaves nothing behind.
GPT_BLOCK = {"LayerNorm": 2, "MultiheadAttention": 1, "Linear": 2, "GELU": 1, "Add": 2}
ENCODER = {"MultiheadAttention": 1, "LayerNorm": 2, "Linear": 2, "ReLU": 1, "Add": 2}
TEMPLATES_AGAIN = {
    "text-mean": Counter(["PaddingMask", "Embedding", "MaskedMean", "Linear"]),
    "text-gru": Counter(["PaddingMask", "Embedding", "GRU", "MaskedMean", "Linear"]),
    "text-lstm": Counter(["PaddingMask", "Embedding", "LSTM", "MaskedMean", "Linear"]),
    "text-transformer": Counter({name: 2 * count for name, count in ENCODER.items()})
    + Counter(["PaddingMask", "Embedding", "Parameter", "Add", "MaskedMean", "Linear"]),
    "gpt": Counter({name: 6 * count for name, count in GPT_BLOCK.items()})
    + Counter(["Embedding", "Positions", "Embedding", "Add", "ScaleShift", "LayerNorm", "Linear"]),
    "vae": Counter({"ReLU": 5, "Linear": 4, "Conv2d": 2, "ConvTranspose2d": 2})
    + Counter(["Flatten", "Reshape", "ScaleShift", "Exp", "RandomNormal", "Mul", "Add"]),
}


def check_round_trip(document: Document) -> Document:
    original = network(document)
    imported = import_onnx(onnx_bytes(document, original))
    again = loaded(imported.document, imported.weights)
    for batch in (1, 5):
        assert largest_difference(original, again, document, batch) <= CLOSE
    assert any("ONNX Runtime" in line["message"] for line in imported.report.to_json("en"))
    return imported.document


def layers(document: Document) -> Counter[str]:
    return Counter(node.type for node in document.nodes if node.type not in ("Input", "Output"))


@pytest.mark.parametrize("name", template_names())
def test_an_exported_template_comes_back_with_the_same_outputs(name: str) -> None:
    found = check_round_trip(parse_document(with_facts(load_template(name))))
    if name in TEMPLATES_AGAIN:
        assert layers(found) == TEMPLATES_AGAIN[name]


@pytest.mark.parametrize(("layer", "optional"), TAKEN_APART)
def test_an_exported_layer_comes_back_with_the_same_outputs(layer: str, optional: bool) -> None:
    found = check_round_trip(entry_document(CATALOGUE[layer], optional=optional))
    if (layer, optional) in RECOVERED:
        assert layers(found) == Counter([layer])


@pytest.mark.parametrize("mask", [(), (6,), (6, 6)], ids=["no mask", "mask of keys", "mask of pairs"])
@pytest.mark.parametrize("causal", [False, True], ids=["both ways", "causal"])
def test_exported_attention_comes_back_as_attention(mask: tuple[int, ...], causal: bool) -> None:
    nodes = [{"id": port, "name": port, "type": "Input", "params": {"shape": [2, 6, 8]}} for port in "qkv"]
    nodes.append({"id": "a", "name": "a", "type": "ScaledDotProductAttention", "params": {"is_causal": causal}})
    nodes.append({"id": "o", "name": "o", "type": "Output"})
    wires = [("q", "a", "query"), ("k", "a", "key"), ("v", "a", "value"), ("a", "o", "input")]
    if mask:
        shape = [1, *mask] if len(mask) == 2 else list(mask)
        nodes.append({"id": "m", "name": "m", "type": "Input", "params": {"shape": shape, "dtype": "bool"}})
        wires.append(("m", "a", "mask"))
    edges = [{"id": f"e{n}", "source": s, "target": t, "target_port": p} for n, (s, t, p) in enumerate(wires)]
    found = check_round_trip(parse_document({"format": 1, "nodes": nodes, "edges": edges}))
    assert layers(found) == Counter(["ScaledDotProductAttention"])


def test_heads_of_a_decoder_come_back_with_their_mask_and_their_memory() -> None:
    found = check_round_trip(
        entry_document(CATALOGUE["TransformerDecoderLayer"], {"tgt_is_causal": True}, optional=True)
    )
    ports = {(edge.target, edge.target_port) for edge in found.edges}
    own, outer = (node for node in found.nodes if node.type == "MultiheadAttention")
    assert {port for target, port in ports if target == own.id} == {"query", "mask"}
    assert {port for target, port in ports if target == outer.id} == {"query", "key", "value", "mask"}
    assert not {"Reshape", "Permute", "MatMul"} & set(layers(found))


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


def test_weights_that_an_embedding_and_the_scores_of_its_words_have_in_common_stay_one() -> None:
    nodes = [
        *(node("x", "Input", shape=[6], dtype="int64"), node("e", "Embedding", num_embeddings=30, embedding_dim=8)),
        *(node("g", "GELU"), node("y", "Output")),
        node("h", "Linear", out_features=30, bias=False, ties={"weight": ["e", "weight"]}),
    ]
    found = check_round_trip(parse_document(graph(nodes, "x>e e>g g>h h>y")))

    (embedding,) = (one for one in found.nodes if one.type == "Embedding")
    (scores,) = (one for one in found.nodes if one.type == "Linear")
    assert scores.ties == {"weight": (embedding.id, "weight")}


def test_layers_of_one_type_that_merely_begin_alike_stay_apart() -> None:
    matrix = np.arange(16.0, dtype=np.float32).reshape(4, 4)
    one, copied, same, table = (Node(name, name, "Embedding") for name in "abcd")
    one, copied, same = (replace(linear, type="Linear") for linear in (one, copied, same))
    arrays = {"a": matrix, "b": matrix.copy(), "c": matrix, "d": matrix + 1}
    weights = {name: {"weight": array} for name, array in arrays.items()}

    ties = {node.id: dict(node.ties) for node in tie([one, copied, same, table], weights)}
    assert ties == {"a": {}, "b": {}, "c": {"weight": ("a", "weight")}, "d": {}}
    flat = {name: {"weight": np.ones((4, 4), np.float32)} for name in "ad"}
    assert not any(node.ties for node in tie([one, table], flat))
