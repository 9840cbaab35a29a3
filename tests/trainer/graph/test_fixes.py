"""Repairs: each one offered removes its problem and brings no other. Every problem is told in both languages."""

from typing import Any

import pytest

from tests.trainer.graph.documents import (
    MEAN_SQUARE,
    chain,
    document,
    edge,
    graph,
    image_facts,
    image_input,
    label_output,
    node,
)
from trainer.data.columns import DataFacts
from trainer.graph.analysis import analyse
from trainer.graph.edits import apply_edits
from trainer.messages.registry import registered_codes

FACTS = image_facts()
PICTURE = node("x", "Input", shape=[4, 9, 9])
ROW = node("x", "Input", shape=[6])
STEPS = node("x", "Input", shape=[5, 6])
END = node("y", "Output")


def residual(**skip: Any) -> dict[str, Any]:
    nodes = [PICTURE, node("c", "Conv2d", out_channels=8, kernel_size=3, padding=1, **skip), node("a", "Add"), END]
    return graph(nodes, "x>c c>a.inputs x>a.inputs a>y")


def sized(count: int, **output: Any) -> dict[str, Any]:
    return chain(
        image_input(), node("flat", "Flatten"), node("last", "Linear", out_features=count), label_output(**output)
    )


def with_edges(data: dict[str, Any], *more: dict[str, Any]) -> dict[str, Any]:
    return {**data, "edges": [*data["edges"], *more]}


def second_edge() -> dict[str, Any]:
    nodes = [node("x", "Input", shape=[6]), node("z", "Input", shape=[6]), node("r", "ReLU"), END]
    return {**graph(nodes, "x>r r>y"), "edges": [*graph(nodes, "x>r r>y")["edges"], edge("z>r")]}


def circle() -> dict[str, Any]:
    nodes = [ROW, node("a", "Add"), node("r", "ReLU"), END]
    return graph(nodes, "x>a.inputs r>a.inputs a>r r>y")


BROKEN: list[tuple[str, str, dict[str, Any], DataFacts | None]] = [
    (
        "shape.not_flat",
        "insert_flatten",
        chain(
            image_input(),
            node("h", "Linear", out_features=4),
            node("r", "ReLU"),
            node("last", "Linear", out_features=10),
            label_output(),
        ),
        FACTS,
    ),
    ("output.classes", "set_classes", sized(7), FACTS),
    ("output.width", "set_classes", sized(3, columns=["weight"], loss=MEAN_SQUARE), FACTS),
    ("output.no_loss", "choose_loss", sized(10, loss=None), FACTS),
    ("output.no_target", "choose_columns", sized(10, columns=None), FACTS),
    ("output.metric", "drop_metric", sized(10, metrics=["r2", "accuracy"]), FACTS),
    (
        "output.rank",
        "insert_mean",
        chain(STEPS, node("g", "GRU", hidden_size=4), node("last", "Linear", out_features=10), label_output()),
        None,
    ),
    ("output.dtype", "insert_cast", chain(node("x", "Input", shape=[10], dtype="int64"), label_output()), None),
    (
        "input.no_columns",
        "choose_columns",
        chain(node("image", "Input"), node("flat", "Flatten"), node("last", "Linear", out_features=10), label_output()),
        FACTS,
    ),
    (
        "input.shape",
        "take_data",
        chain(
            image_input(shape=[1, 5, 5]),
            node("flat", "Flatten"),
            node("last", "Linear", out_features=10),
            label_output(),
        ),
        FACTS,
    ),
    (
        "input.dtype",
        "take_data",
        chain(
            image_input(dtype="int64"), node("flat", "Flatten"), node("last", "Linear", out_features=10), label_output()
        ),
        FACTS,
    ),
    (
        "shape.rank",
        "insert_unsqueeze",
        chain(node("x", "Input", shape=[9, 9]), node("c", "Conv2d", out_channels=2, kernel_size=3), END),
        None,
    ),
    (
        "shape.rank",
        "insert_squeeze",
        chain(node("x", "Input", shape=[1, 9, 9]), node("g", "GRU", hidden_size=3), END),
        None,
    ),
    ("shape.differ", "insert_skip_conv", residual(), None),
    ("shape.differ", "insert_skip_conv", residual(stride=2), None),
    (
        "shape.differ",
        "insert_skip_linear",
        graph([ROW, node("d", "Linear", out_features=4), node("a", "Add"), END], "x>d d>a.inputs x>a.inputs a>y"),
        None,
    ),
    ("shape.window", "set_param", chain(PICTURE, node("p", "MaxPool2d", kernel_size=20), END), None),
    ("shape.last_axes", "reset_param", chain(ROW, node("n", "LayerNorm", normalized_shape=[5]), END), None),
    ("dtype.mismatch", "insert_cast", chain(ROW, node("e", "Embedding", num_embeddings=9, embedding_dim=2), END), None),
    ("param.heads", "set_param", chain(STEPS, node("t", "TransformerEncoderLayer", nhead=4), END), None),
    ("param.groups", "set_param", chain(PICTURE, node("n", "GroupNorm", num_groups=3), END), None),
    ("param.range", "set_param", chain(ROW, node("d", "Dropout", p=1.5), END), None),
    ("param.follows", "reset_param", chain(ROW, node("d", "Linear", in_features=9, out_features=2), END), None),
    (
        "param.same_stride",
        "set_param",
        chain(PICTURE, node("c", "Conv2d", out_channels=2, kernel_size=3, padding="same", stride=2), END),
        None,
    ),
    ("param.pool_padding", "set_param", chain(PICTURE, node("p", "MaxPool2d", kernel_size=3, padding=2), END), None),
    ("param.slopes", "set_param", chain(PICTURE, node("p", "PReLU", num_parameters=3), END), None),
    ("param.projection", "reset_param", chain(STEPS, node("l", "LSTM", hidden_size=3, proj_size=4), END), None),
    (
        "param.padding_idx",
        "set_param",
        chain(
            node("x", "Input", shape=[3], dtype="int64"),
            node("e", "Embedding", num_embeddings=5, embedding_dim=2, padding_idx=7),
            END,
        ),
        None,
    ),
    ("batch.mixed", "set_param", chain(ROW, node("s", "Softmax", dim=0), END), None),
    ("batch.axis", "set_param", graph([ROW, node("c", "Concat", dim=0), END], "x>c.inputs c>y"), None),
    ("batch.disturbed", "set_param", chain(PICTURE, node("f", "Flatten", start_dim=0), END), None),
    ("port.missing", "connect_missing", graph([ROW, node("r", "ReLU"), END], "r>y"), None),
    ("port.taken", "remove_edge", second_edge(), None),
    ("edge.dangling", "remove_edge", with_edges(chain(ROW, END), edge("gone>y")), None),
    ("graph.cycle", "break_cycle", circle(), None),
    ("name.duplicate", "rename", chain(ROW, node("r", "ReLU", name="same"), node("s", "ReLU", name="same"), END), None),
    ("repeat.shape", "drop_repeat", chain(ROW, node("d", "Linear", out_features=3, repeat=2), END), None),
    ("repeat.unfit", "drop_repeat", chain(STEPS, node("m", "Mean", repeat=2), END), None),
    ("share.unfit", "drop_shares", chain(ROW, node("r", "Linear", out_features=6, shares="gone"), END), None),
    (
        "tie.unfit",
        "drop_ties",
        chain(ROW, node("r", "Linear", out_features=6, ties={"weight": ["gone", "weight"]}), END),
        None,
    ),
]
# Problems for which only the person knows the remedy; each has a test of its own here or in `test_analysis`.
UNREPAIRED = [
    ("graph.no_input", chain(END)),
    ("graph.no_output", chain(ROW)),
    ("graph.input_unused", graph([ROW, node("p", "Parameter", shape=[3]), END], "p>y")),
    (
        "port.count",
        graph([STEPS, node("z", "Input", shape=[1, 4]), node("l", "LSTM", hidden_size=4), END], "x>l z>l.state l>y"),
    ),
    ("param.missing", chain(ROW, node("d", "Linear"), END)),
    ("shape.reshape", chain(ROW, node("r", "Reshape", shape=[4, -1]), END)),
    ("shape.permute", chain(STEPS, node("p", "Permute", dims=[1, 0, 2]), END)),
    ("shape.axes", chain(node("x", "Input", shape=[]), node("d", "Linear", out_features=2), END)),
    (
        "shape.concat",
        graph([ROW, node("z", "Input", shape=[2, 2]), node("c", "Concat"), END], "x>c.inputs z>c.inputs c>y"),
    ),
    ("shape.matmul", graph([STEPS, node("m", "MatMul"), END], "x>m x>m.other m>y")),
    (
        "shape.state",
        graph([STEPS, node("z", "Input", shape=[1, 9]), node("g", "GRU", hidden_size=4), END], "x>g z>g.state g>y"),
    ),
    (
        "shape.widths",
        graph(
            [STEPS, node("z", "Input", shape=[5, 9]), node("m", "MultiheadAttention", num_heads=2), END],
            "x>m.query z>m.key m>y",
        ),
    ),
    (
        "shape.mask",
        graph(
            [STEPS, node("z", "Input", shape=[9], dtype="bool"), node("t", "TransformerEncoderLayer", nhead=2), END],
            "x>t z>t.mask t>y",
        ),
    ),
    ("input.no_shape", chain(node("x", "Input"), END)),
    ("data.unbound", chain(ROW, node("d", "Linear", out_features={"$data": "a.num_classes"}), END)),
    (
        "limit.activation",
        chain(
            ROW,
            node("d", "Linear", out_features=1),
            node("u", "Reshape", shape=[1, 1]),
            node("l", "Conv1d", out_channels=1, kernel_size=1, padding=10**11),
            END,
        ),
    ),
]


def problem_codes(data: dict[str, Any], facts: DataFacts | None) -> list[tuple[str, str | None]]:
    return [(p["code"], p["node"]) for p in analyse(document(data), facts=facts)["problems"]]


@pytest.mark.parametrize(("code", "fix_id", "data", "facts"), BROKEN, ids=[f"{b[0]}-{b[1]}" for b in BROKEN])
def test_a_repair_alone_removes_its_problem_and_brings_no_other(
    code: str, fix_id: str, data: dict[str, Any], facts: DataFacts | None
) -> None:
    if code.startswith("output.rank"):
        facts = FACTS
        data["nodes"][0]["params"] = {"shape": [5, 6]}
    before = problem_codes(data, facts)
    problem = next(p for p in analyse(document(data), facts=facts)["problems"] if p["code"] == code)

    fixes = [fix for fix in problem["fixes"] if fix["id"] == fix_id]

    assert fixes, (problem["message"], [fix["id"] for fix in problem["fixes"]])
    for fix in fixes:
        after = problem_codes(apply_edits(data, fix["edits"]), facts)
        assert (code, problem["node"]) not in after
        assert set(after) <= set(before)


@pytest.mark.parametrize(("code", "data"), UNREPAIRED, ids=[entry[0] for entry in UNREPAIRED])
def test_a_broken_graph_has_its_problem(code: str, data: dict[str, Any]) -> None:
    assert code in [problem for problem, _ in problem_codes(data, None)]


def test_every_repair_that_can_be_offered_was_tried_here() -> None:
    labels = {code.removeprefix("fix.") for code in registered_codes() if code.startswith("fix.")}

    assert labels == {fix_id for _, fix_id, _, _ in BROKEN}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_problem_and_repair_can_be_told(language: str) -> None:
    for _, _, data, facts in BROKEN:
        for problem in analyse(document(data), facts=facts, language=language)["problems"]:
            assert problem["message"]
            assert "{" not in problem["message"]
            assert all(fix["label"] for fix in problem["fixes"])
