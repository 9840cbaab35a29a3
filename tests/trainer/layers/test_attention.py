"""Attention and transformers: what is hidden stays hidden, widths and heads fit, the code is torch as one writes it."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.trainer.graph.documents import document, graph, node
from trainer.graph.analysis import analyse
from trainer.graph.codegen import generate_code
from trainer.graph.compile import compile_graph
from trainer.graph.interpreter import Interpreter

SMALL = {"nhead": 2, "dim_feedforward": 16, "dropout": 0.0}
CAUSAL = [
    ("MultiheadAttention", {"num_heads": 2, "is_causal": True}, ("query",), "mask"),
    ("ScaledDotProductAttention", {"is_causal": True}, ("query", "key", "value"), "mask"),
    ("TransformerEncoderLayer", {**SMALL, "is_causal": True}, ("input",), "mask"),
    ("TransformerEncoder", {**SMALL, "num_layers": 2, "is_causal": True}, ("input",), "mask"),
    ("TransformerDecoderLayer", {**SMALL, "tgt_is_causal": True}, ("tgt", "memory"), "tgt_mask"),
    ("TransformerDecoder", {**SMALL, "num_layers": 2, "tgt_is_causal": True}, ("tgt", "memory"), "tgt_mask"),
    (
        "Transformer",
        {**SMALL, "num_encoder_layers": 1, "num_decoder_layers": 2, "tgt_is_causal": True},
        ("tgt", "src"),
        "tgt_mask",
    ),
]


def one_node(kind: str, params: dict[str, Any], ports: tuple[str, ...], mask: str | None = None) -> dict[str, Any]:
    """A graph of one sequence `x` at the first port, another `z` at further ones (of the same for a dot product)."""
    same = kind == "ScaledDotProductAttention"
    nodes = [
        node("x", "Input", shape=[6, 8]),
        node("z", "Input", shape=[5, 8]),
        node("p", "Input", shape=[6], dtype="bool"),
    ]
    wires = [f"{'x' if same or number == 0 else 'z'}>m.{port}" for number, port in enumerate(ports)]
    wires += [f"p>m.{mask}"] if mask else []
    used = {wire.split(">")[0] for wire in wires}
    nodes = [made for made in nodes if made["id"] in used]
    return graph([*nodes, node("m", kind, **params), node("y", "Output")], " ".join([*wires, "m>y"]))


def outputs_of(data: dict[str, Any], given: dict[str, Tensor]) -> Tensor:
    torch.manual_seed(0)
    compiled = compile_graph(document(data))
    compiled.network.eval()
    with torch.no_grad():
        return compiled.run(*[given[name] for name in compiled.inputs])[0]


@pytest.mark.parametrize(
    ("kind", "params", "ports", "mask"), CAUSAL, ids=lambda part: part if isinstance(part, str) else ""
)
@pytest.mark.parametrize("masked", [False, True], ids=["plain", "padded"])
def test_no_position_sees_a_later_one(
    kind: str, params: dict[str, Any], ports: tuple[str, ...], mask: str, masked: bool
) -> None:
    data = one_node(kind, params, ports, mask if masked else None)
    padding = torch.tensor([[False, False, True, False, False, False]] * 3)
    given = {"x": torch.randn(3, 6, 8), "z": torch.randn(3, 5, 8), "p": padding}
    later = given["x"].clone()
    later[:, 4:] += 1

    before, after = outputs_of(data, given), outputs_of(data, {**given, "x": later})

    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])
    if masked:
        hidden = given["x"].clone()
        hidden[:, 2] += 1
        changed = outputs_of(data, {**given, "x": hidden})
        torch.testing.assert_close(before[:, 3:], changed[:, 3:])


def test_a_dot_product_over_heads_hides_padding_from_every_head() -> None:
    nodes = [
        node("x", "Input", shape=[2, 6, 4]),
        node("p", "Input", shape=[6], dtype="bool"),
        node("m", "ScaledDotProductAttention"),
        node("y", "Output"),
    ]
    data = graph(nodes, "x>m.query x>m.key x>m.value p>m.mask m>y")
    sample, padding = torch.randn(3, 2, 6, 4), torch.zeros(3, 6, dtype=torch.bool)
    padding[:, 4:] = True

    output = outputs_of(data, {"x": sample, "p": padding})

    expected = nn.functional.scaled_dot_product_attention(sample, sample[:, :, :4], sample[:, :, :4])
    torch.testing.assert_close(output, expected)
    assert "attn_mask=~p[:, None, None]" in generate_code(document(data))


def test_keys_and_values_of_other_widths_are_projected() -> None:
    nodes = [
        node("q", "Input", shape=[6, 8]),
        node("k", "Input", shape=[5, 3]),
        node("v", "Input", shape=[5, 7]),
        node("m", "MultiheadAttention", num_heads=2),
        node("y", "Output"),
    ]
    data = graph(nodes, "q>m.query k>m.key v>m.value m>y")

    answer = analyse(document(data))

    assert answer["problems"] == []
    assert answer["nodes"]["m"]["num_parameters"] == 8 * 8 + 8 * 3 + 8 * 7 + 3 * 8 + 8 * 8 + 8
    assert "nn.MultiheadAttention(8, 2, kdim=3, vdim=7, batch_first=True)" in generate_code(document(data))


@pytest.mark.parametrize(
    ("kind", "params", "shapes", "code"),
    [
        ("MultiheadAttention", {"num_heads": 3}, {"query": [6, 8]}, "param.heads"),
        ("MultiheadAttention", {"num_heads": 2}, {"query": [6, 8], "key": [5, 4]}, "shape.widths"),
        ("MultiheadAttention", {"num_heads": 2}, {"query": [6, 8], "key": [5, 8], "value": [4, 8]}, "shape.attention"),
        ("MultiheadAttention", {"num_heads": 2, "is_causal": True}, {"query": [6, 8], "key": [5, 8]}, "param.causal"),
        ("ScaledDotProductAttention", {}, {"query": [6, 8], "key": [5, 4], "value": [5, 4]}, "shape.attention"),
        ("ScaledDotProductAttention", {}, {"query": [6, 8], "key": [5, 8], "value": [4, 8]}, "shape.attention"),
        ("TransformerEncoder", {"nhead": 5, "num_layers": 1}, {"input": [6, 8]}, "param.heads"),
        ("TransformerDecoderLayer", {"nhead": 2}, {"tgt": [6, 8], "memory": [6, 4]}, "shape.widths"),
        ("Transformer", {"nhead": 2}, {"src": [6, 8], "tgt": [6, 4]}, "shape.widths"),
    ],
)
def test_sequences_that_do_not_go_together_are_refused_in_our_words(
    kind: str, params: dict, shapes: dict, code: str
) -> None:
    nodes = [node(f"i_{port}", "Input", shape=shape) for port, shape in shapes.items()]
    wires = " ".join(f"i_{port}>m.{port}" for port in shapes)

    (problem,) = analyse(document(graph([*nodes, node("m", kind, **params), node("y", "Output")], f"{wires} m>y")))[
        "problems"
    ]

    assert (problem["code"], problem["node"], problem["details"]) == (code, "m", "")


def test_a_transformer_without_settings_has_the_published_number_of_parameters() -> None:
    nodes = [
        node("s", "Input", shape=[4, 512]),
        node("t", "Input", shape=[4, 512]),
        node("m", "Transformer"),
        node("y", "Output"),
    ]
    data = graph(nodes, "s>m.src t>m.tgt m>y")

    assert analyse(document(data))["totals"]["num_parameters"] == 44_140_544
    assert "self.m = nn.Transformer(batch_first=True)" in generate_code(document(data))


def test_a_transformer_of_another_width_names_its_heads() -> None:
    """Heads come second: written without the width before them they would be taken for it."""
    data = one_node("Transformer", {"nhead": 4}, ("src", "tgt"))
    wide = graph(
        [
            node("x", "Input", shape=[6, 512]),
            node("m", "Transformer", nhead=4, num_encoder_layers=1, num_decoder_layers=1),
            node("y", "Output"),
        ],
        "x>m.src x>m.tgt m>y",
    )

    assert "nn.Transformer(8, 4, batch_first=True)" in generate_code(document(data))
    assert "nn.Transformer(nhead=4, num_encoder_layers=1, " in generate_code(document(wide))


def test_stacks_are_written_as_torch_has_them() -> None:
    params = {"nhead": 2, "num_layers": 3, "norm": True, "norm_first": True, "layer_norm_eps": 1e-6}
    code = generate_code(document(one_node("TransformerEncoder", params, ("input",))))

    written = "".join(line.strip() for line in code.splitlines())
    layer = "nn.TransformerEncoderLayer(8, 2, layer_norm_eps=1e-06, norm_first=True, batch_first=True)"
    assert f"nn.TransformerEncoder({layer},3,norm=nn.LayerNorm(8, eps=1e-06),enable_nested_tensor=False,)" in written


def test_multiply_accumulates_of_attention_are_those_of_its_formula() -> None:
    (tokens, width) = (6, 8)
    answer = analyse(document(one_node("MultiheadAttention", {"num_heads": 2}, ("query",))))

    assert answer["nodes"]["m"]["macs"] == 4 * tokens * width * width + 2 * tokens * tokens * width


def test_a_block_says_whether_it_is_causal_and_takes_any_number_of_axes() -> None:
    inside = graph(
        [
            node("a", "BlockInput", name="x"),
            node("b", "BlockInput", name="padding"),
            node("m", "ScaledDotProductAttention", name="attend", is_causal={"$": "causal"}, dropout_p={"$": "p"}),
            node("z", "BlockOutput", name="y"),
        ],
        "a>m.query a>m.key a>m.value b>m.mask m>z",
    )
    whole = graph(
        [
            node("a", "BlockInput", name="x"),
            node(
                "e",
                "TransformerEncoder",
                name="encode",
                nhead=2,
                num_layers=1,
                norm={"$": "norm"},
                is_causal={"$": "causal"},
            ),
            node("f", "MultiheadAttention", name="attend", num_heads=2, is_causal={"$": "causal"}),
            node("z", "BlockOutput", name="y"),
        ],
        "a>e e>f.query f>z",
    )
    causal = {"name": "causal", "type": "bool", "default": True}
    blocks = {
        "Dot": {"params": [causal, {"name": "p", "type": "float", "default": 0.0}], **without_blocks(inside)},
        "Whole": {"params": [causal, {"name": "norm", "type": "bool", "default": True}], **without_blocks(whole)},
    }
    nodes = [
        node("x", "Input", shape=[6, 8]),
        node("h", "Input", shape=[2, 6, 4]),
        node("p", "Input", shape=[6], dtype="bool"),
        node("one", "block:Dot"),
        node("two", "block:Dot", causal=False, p=0.5),
        node("three", "block:Whole"),
        node("four", "block:Whole", causal=False, norm=False),
        *[node(f"y{number}", "Output") for number in range(4)],
    ]
    wires = "x>one.x p>one.padding h>two.x p>two.padding x>three.x x>four.x one.y>y0 two.y>y1 three.y>y2 four.y>y3"
    made = document(graph(nodes, wires, blocks))
    torch.manual_seed(0)
    compiled = compile_graph(made)
    torch.manual_seed(0)
    oracle = Interpreter(made)
    given = {"x": torch.randn(3, 6, 8), "h": torch.randn(3, 2, 6, 4), "p": torch.zeros(3, 6, dtype=torch.bool)}
    inputs = [given[name] for name in compiled.inputs]

    torch.manual_seed(1)
    found = compiled.run(*inputs)
    torch.manual_seed(1)
    expected = oracle(*inputs)

    assert list(compiled.network.state_dict()) == list(oracle.state_dict())
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def without_blocks(data: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": data["nodes"], "edges": data["edges"]}
