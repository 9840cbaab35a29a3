"""Whole models of others: their axes, their inputs, and locked nodes for what is not known."""

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from tests.trainer.graph.importing.exported import loaded
from tests.trainer.graph.importing.onnx_models import RANDOM, check, model, node, numbers, outputs_of, types, whole
from trainer.graph.analysis import analyse
from trainer.graph.document import parse_document
from trainer.graph.importing import onnx_walk
from trainer.graph.importing.onnx_import import import_onnx
from trainer.graph.importing.onnx_layers import linear
from trainer.graph.importing.onnx_op import Op
from trainer.graph.importing.views import View


def test_axes_moved_there_and_back_make_no_nodes() -> None:
    back = [
        node("Transpose", "x", "t", perm=[2, 0, 1]),
        node("Relu", "t", "r"),
        node("Transpose", "r", "y", perm=[1, 2, 0]),
    ]
    assert types(check(model(back, ("N", 3, 4)), numbers(2, 3, 4))) == ["ReLU"]


def test_a_table_is_an_embedding() -> None:
    data = model([node("Gather", "w x", "y")], ("N", 5), {"w": numbers(9, 3)}, dtype=TensorProto.INT64)
    imported = check(data, RANDOM.integers(0, 9, (4, 5)))
    assert types(imported) == ["Embedding"]


def test_a_file_made_for_one_row_takes_any_number() -> None:
    nodes = [node("Conv", "x w", "c"), node("Reshape", "c s", "f"), node("Gemm", "f g", "y")]
    weights = {"w": numbers(2, 3, 3, 3), "s": whole(1, -1), "g": numbers(2 * 7 * 6, 5)}
    data = model(nodes, (1, 3, 9, 8), weights)
    imported = check(data, numbers(1, 3, 9, 8))
    rows = torch.from_numpy(numbers(6, 3, 9, 8))
    assert loaded(imported.document, imported.weights).run(rows)[0].shape == (6, 5)


def test_time_first_is_seen_as_it_is() -> None:
    data = model(
        [node("RNN", "x w r", "o", hidden_size=4), node("Squeeze", "o one", "y")],
        (5, "N", 3),
        {"w": numbers(1, 4, 3), "r": numbers(1, 4, 4), "one": whole(1)},
    )
    imported = import_onnx(data)
    rows = numbers(2, 5, 3)
    (ours,) = loaded(imported.document, imported.weights).run(torch.from_numpy(rows))
    assert np.abs(ours.detach().numpy().transpose(1, 0, 2) - outputs_of(data, rows.transpose(1, 0, 2))).max() < 1e-5
    assert next(line["level"] for line in imported.report.to_json("en")) == "warning"


def test_an_unknown_operation_is_a_locked_node_that_keeps_its_wires() -> None:
    nodes = [node("Relu", "x", "r"), node("Det", "r", "d"), node("Sigmoid", "d", "y")]
    imported = import_onnx(model(nodes, ("N", 4, 4)))
    document = parse_document(imported.document.to_json())
    assert types(imported) == ["ReLU", "Unknown", "Sigmoid"]
    answer = analyse(document)
    (problem,) = [entry for entry in answer["problems"] if entry["code"] == "import.unknown_op"]
    assert "Det" in problem["message"]
    assert answer["nodes"]["n1"]["state"] == "ok"
    assert next(line["level"] for line in imported.report.to_json("zh")) == "error"


def test_control_flow_and_foreign_domains_are_locked() -> None:
    body = helper.make_graph([node("Relu", "x", "z")], "body", [], [helper.make_tensor_value_info("z", 1, None)])
    flow = [helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)]
    imported = import_onnx(model(flow, ("N", 4), {"c": np.array(True)}))
    assert types(imported) == ["Unknown"]
    foreign = [helper.make_node("Relu", ["x"], ["y"], domain="evil.example")]
    assert types(import_onnx(model(foreign, ("N", 4)))) == ["Unknown"]


@pytest.mark.parametrize("op", ["Where", "Div", "MatMul", "Mul", "Gather", "GatherND", "Equal", "Log", "Trilu"])
def test_an_operation_without_its_inputs_is_locked(op: str) -> None:
    short = helper.make_node(op, ["x"] if op != "Log" and op != "Trilu" else [], ["y"])
    assert types(import_onnx(model([short], ("N", 4)))) == ["Unknown"]


def test_a_locked_node_that_nothing_reads_is_not_spoken_of() -> None:
    imported = check(model([node("Det", "x", "d"), node("Relu", "x", "y")], ("N", 4, 4)), numbers(2, 4, 4))
    assert types(imported) == ["ReLU"]


def test_an_output_that_is_the_same_for_all_is_kept() -> None:
    nodes = [
        node("Shape", "x", "n", end=1, start=0),
        node("Concat", "n width", "s", axis=0),
        node("Expand", "w s", "y"),
    ]
    imported = import_onnx(model(nodes, ("N", 3), {"w": numbers(4), "width": whole(4)}))
    assert types(imported) == ["Parameter"]


def test_numbers_that_are_written_behind_what_needs_them_are_known_there() -> None:
    """As exporters of scripts write a GELU: its constants are operations between its others."""
    values = {"root": 2**0.5, "one": 1.0, "half": 0.5}
    constants = {
        name: helper.make_node("Constant", [], [name], value=helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
        for name, value in values.items()
    }
    nodes = [
        constants["root"],
        node("Div", "x root", "d"),
        node("Erf", "d", "e"),
        constants["one"],
        node("Add", "e one", "p"),
        node("Mul", "x p", "m"),
        constants["half"],
        node("Mul", "m half", "y"),
    ]
    assert types(check(model(nodes, ("N", 7)), numbers(3, 7))) == ["GELU"]


MALFORMED = {
    "no size of its window": [node("MaxPool", "x", "y")],
    "strides of other axes": [node("Conv", "x w", "y", strides=[2], auto_pad="SAME_UPPER")],
    "an axis that is a word": [node("Softmax", "x", "y", axis="last")],
    "a negative size": [node("ConstantOfShape", "less", "c"), node("Mul", "x c", "y")],
    "more starts than ends": [node("Slice", "x starts ends", "y")],
}


@pytest.mark.parametrize("what", MALFORMED)
def test_an_operation_that_is_not_written_as_defined_is_locked(what: str) -> None:
    weights = {"w": numbers(2, 3, 3, 3), "less": whole(1, -3), "starts": whole(0, 0), "ends": whole(2)}
    imported = import_onnx(model(MALFORMED[what], ("N", 3, 9, 8), weights))
    assert "Unknown" in types(imported)
    assert imported.report.has("unknown_op_line")


def test_answers_that_are_all_small_are_compared_by_their_own_size(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = {"w": numbers(4, 5) * np.float32(1e-6)}
    data = model([node("MatMul", "x w", "y")], ("N", 4), tiny)
    assert import_onnx(data).report.has("verified")
    monkeypatch.setitem(onnx_walk.HANDLERS, "MatMul", lambda walk, op: [twisted(walk, op)])
    assert import_onnx(data).report.has("differs")


def twisted(walk: onnx_walk.Walk, op: Op) -> View:
    """A product with a matrix whose columns are in another order."""
    return linear(walk, op, op.view(), op.needed(1).T[::-1], None, ())


@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_answers_that_are_no_numbers_verify_nothing(number: float) -> None:
    data = model([node("Add", "x c", "y")], ("N", 3), {"c": np.full(3, number, dtype=np.float32)})
    report = import_onnx(data).report
    assert report.has("not_verified")
    assert not report.has("verified")
