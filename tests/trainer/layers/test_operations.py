"""What operations refuse before torch is asked, and how they are written."""

from typing import Any

import pytest
import torch

from tests.trainer.graph.documents import chain, document, graph, node
from trainer.graph.analysis import analyse
from trainer.graph.codegen import generate_code
from trainer.graph.compile import compile_graph
from trainer.graph.interpreter import Interpreter

REFUSED = [
    ("Mean", {"dim": 0}, [3, 4], "batch.mixed"),
    ("Sum", {"dim": [1, -3]}, [3, 4], "batch.mixed"),
    ("Max", {"dim": [1, -2]}, [3, 4], "param.axes"),
    ("Min", {"dim": []}, [3, 4], "param.axes"),
    ("Norm", {"dim": 5}, [3, 4], "batch.axis"),
    ("Var", {"dim": 1}, [1, 4], "shape.var"),
    ("ArgMax", {"dim": -3}, [3, 4], "batch.mixed"),
    ("Mean", {"dim": 1}, [], "shape.axes"),
    ("Transpose", {"dim0": 0, "dim1": 1}, [3, 4], "batch.axis"),
    ("Transpose", {"dim0": 1, "dim1": 3}, [3, 4], "batch.axis"),
    ("Permute", {"dims": [1, 0, 2]}, [3, 4], "shape.permute"),
    ("Squeeze", {"dim": 1}, [3, 1], "shape.squeeze"),
    ("Squeeze", {"dim": 0}, [3, 1], "batch.axis"),
    ("Unsqueeze", {"dim": 0}, [3, 4], "batch.axis"),
    ("Unsqueeze", {"dim": -4}, [3, 4], "batch.axis"),
    ("Expand", {"shape": [3, 8]}, [3, 4], "shape.expand"),
    ("Expand", {"shape": [2, 3, 4]}, [3, 4], "shape.expand"),
    ("Repeat", {"repeats": [2]}, [3, 4], "param.repeats"),
    ("Slice", {"dim": 0, "end": 1}, [3, 4], "batch.axis"),
    ("Slice", {"start": 2, "end": 2}, [3, 4], "shape.empty_slice"),
    ("Select", {"dim": 1, "index": 3}, [3, 4], "param.index"),
    ("Select", {"dim": 0, "index": 0}, [3, 4], "batch.axis"),
    ("Pad", {"pad": [1]}, [3, 4], "param.pad"),
    ("Pad", {"pad": [0, 0, 0, 0, 1, 1]}, [3, 4], "param.pad"),
    ("Pad", {"pad": [-2, -2]}, [3, 4], "param.pad_empty"),
    ("Pad", {"pad": [4, 0], "mode": "reflect"}, [3, 4], "param.pad_size"),
    ("Pad", {"pad": [1, 1], "mode": "circular"}, [2, 3, 4], "param.pad_axes"),
    ("Interpolate", {}, [2, 3, 4], "param.size_or_factor"),
    ("Interpolate", {"size": 4, "mode": "linear"}, [2, 3, 4], "param.mode"),
    ("Interpolate", {"size": [4, 4, 4]}, [2, 3, 4], "param.size_axes"),
    ("Interpolate", {"scale_factor": 0.1}, [2, 3, 4], "param.factor"),
    ("Clamp", {}, [3], "param.bounds_missing"),
    ("Clamp", {"min": 1.0, "max": 0.0}, [3], "param.bounds"),
    ("Chunk", {"chunks": 4}, [5], "param.chunks"),
    ("Chunk", {"dim": 0}, [4], "batch.axis"),
    ("Split", {"sizes": [1, 2]}, [4], "param.sizes"),
]
TWO_REFUSED = [
    ("Where", {}, {"condition": ([3], "bool"), "input": ([3], "float32"), "other": ([4], "float32")}, "shape.differ"),
    ("Gather", {}, {"input": ([3, 4], "float32"), "index": ([3, 5], "int64")}, "shape.gather"),
    ("Gather", {"dim": 0}, {"input": ([3], "float32"), "index": ([3], "int64")}, "batch.axis"),
    ("MaskedMean", {}, {"input": ([5, 4], "float32"), "mask": ([4], "bool")}, "shape.mask"),
    ("LastStep", {}, {"input": ([5, 4], "float32"), "mask": ([4], "bool")}, "shape.mask"),
    ("Sub", {}, {"input": ([5, 4], "float32"), "other": ([4], "float32")}, "shape.differ"),
]
WRITTEN = [
    ("Slice", {"dim": 2, "start": 1, "end": 3}, "x[:, :, 1:3]"),
    ("Slice", {"dim": -1, "end": -1, "step": 2}, "x[..., :-1:2]"),
    ("Slice", {"dim": -2, "start": 1}, "x[..., 1:, :]"),
    ("Chunk", {"chunks": 2}, "part, part_output_1 = x.chunk(2, dim=1)"),
    ("Chunk", {"chunks": 1}, "(part,) = x.chunk(1, dim=1)"),
    ("Split", {"sizes": [1, 3]}, "part, part_output_1 = x.split([1, 3], dim=1)"),
    ("ScaleShift", {"scale": 2.0, "shift": -1.0}, "x * 2.0 - 1.0"),
    ("ScaleShift", {"shift": 1.0}, "x + 1.0"),
    ("Clamp", {"min": 0.0}, "x.clamp(min=0.0)"),
    ("Reshape", {"shape": [6, -1]}, "x.reshape(x.shape[0], 6, -1)"),
    ("Expand", {"shape": [4, -1]}, "x.expand(-1, 4, -1)"),
    ("Repeat", {"repeats": [2, 1]}, "x.repeat(1, 2, 1)"),
    ("Permute", {"dims": [0, 2, 1]}, "x.permute(0, 2, 1)"),
    ("Pad", {"pad": [1, 1]}, "nn.functional.pad(x, (1, 1))"),
    ("Pad", {"pad": [1, 1], "value": 2.0}, "nn.functional.pad(x, (1, 1), value=2.0)"),
    ("Cast", {"dtype": "int64"}, "x.to(torch.int64)"),
    ("Var", {"dim": [1, 2], "keepdim": True}, "x.var(dim=(1, 2), keepdim=True)"),
    ("Positions", {}, "torch.arange(x.shape[1], device=x.device).expand(x.shape[0], -1)"),
]


def problems_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    return analyse(document(data))["problems"]


@pytest.mark.parametrize(("kind", "params", "shape", "code"), REFUSED)
def test_what_cannot_work_is_refused_in_our_words(kind: str, params: dict, shape: list[int], code: str) -> None:
    port = {"source_port": "output_0"} if kind in ("Chunk", "Split") else {}
    data = chain(node("x", "Input", shape=shape), node("part", kind, **params), node("y", "Output"))
    data["edges"][1] |= port

    (problem,) = problems_of(data)

    assert (problem["code"], problem["node"], problem["details"]) == (code, "part", "")


@pytest.mark.parametrize(("kind", "params", "inputs", "code"), TWO_REFUSED)
def test_inputs_that_do_not_go_together_are_refused_in_our_words(
    kind: str, params: dict, inputs: dict, code: str
) -> None:
    nodes = [node(f"i_{port}", "Input", shape=shape, dtype=dtype) for port, (shape, dtype) in inputs.items()]
    wires = " ".join(f"i_{port}>m.{port}" for port in inputs)
    data = graph([*nodes, node("m", kind, **params), node("y", "Output")], f"{wires} m>y")

    (problem,) = problems_of(data)

    assert (problem["code"], problem["node"], problem["details"]) == (code, "m", "")


@pytest.mark.parametrize(("kind", "params", "written"), WRITTEN)
def test_operations_are_written_as_a_person_would(kind: str, params: dict, written: str) -> None:
    shape = [1, 4] if kind == "Expand" else [4, 6]
    data = chain(node("x", "Input", shape=shape), node("part", kind, **params), node("y", "Output"))
    if kind in ("Chunk", "Split"):
        data["edges"].pop()
        data["nodes"].pop()
        for number in range(params["chunks"] if kind == "Chunk" else len(params["sizes"])):
            data["nodes"].append(node(f"y{number}", "Output"))
            data["edges"].append(
                {"id": f"o{number}", "source": "part", "source_port": f"output_{number}", "target": f"y{number}"}
            )

    code = generate_code(document(data))

    assert f"        {written}\n" in code or f"        part = {written}  #" in code


def test_parameters_of_a_block_reach_operations_in_its_forward() -> None:
    inside = graph(
        [
            node("a", "BlockInput", name="x"),
            node("m", "Mean", name="dim", dim={"$": "dim"}),
            node("k", "Parameter", name="bias", shape={"$": "shape"}, init={"$": "init"}),
            node("s", "Slice", name="part", dim={"$": "axis"}, end={"$": "width"}),
            node("j", "Concat", name="joined"),
            node("c", "Cast", name="cast", dtype={"$": "kind"}),
            node("z", "BlockOutput", name="y"),
        ],
        "a>m m>s s>j.inputs k>j.inputs j>c c>z",
    )
    params = [
        {"name": "dim", "type": "int", "default": 1},
        {"name": "axis", "type": "int", "default": 1},
        {"name": "width", "type": "int", "default": 2},
        {"name": "shape", "type": "ints", "default": [3]},
        {"name": "init", "type": "str", "default": "uniform"},
        {"name": "kind", "type": "str", "default": "float32"},
    ]
    block = {"params": params, "nodes": inside["nodes"], "edges": inside["edges"]}
    nodes = [
        node("x", "Input", shape=[4, 6]),
        node("one", "block:Part"),
        node("two", "block:Part", dim=-1, width=3, shape=[1], init="ones", kind="int64"),
        node("y1", "Output"),
        node("y2", "Output"),
    ]
    made = document(graph(nodes, "x>one.x x>two.x one.y>y1 two.y>y2", {"Part": block}))

    torch.manual_seed(0)
    compiled = compile_graph(made)
    torch.manual_seed(0)
    oracle = Interpreter(made)
    sample = torch.randn(3, 4, 6)

    assert "self.dim_ = dim\n" in generate_code(made)
    for found, expected in zip(compiled.run(sample), oracle(sample), strict=True):
        assert found.dtype == expected.dtype
        assert torch.equal(found, expected)


def test_masked_operations_pass_over_padding_wherever_it_is() -> None:
    nodes = [
        node("t", "Input", shape=[4], dtype="int64"),
        node("x", "Input", shape=[4, 2]),
        node("m", "PaddingMask"),
        node("l", "LastStep"),
        node("a", "MaskedMean"),
        node("y1", "Output"),
        node("y2", "Output"),
    ]
    made = document(graph(nodes, "t>m.tokens m.mask>l.mask m.mask>a.mask x>l x>a l>y1 a>y2"))
    compiled = compile_graph(made)
    tokens = torch.tensor([[5, 6, 0, 0], [0, 0, 7, 8], [0, 0, 0, 0], [1, 2, 3, 4]])
    steps = torch.arange(32.0).view(4, 4, 2)
    given = {"t": tokens, "x": steps}

    last, mean = compiled.run(*[given[name] for name in compiled.inputs])

    assert last.tolist() == [steps[0, 1].tolist(), steps[1, 3].tolist(), steps[2, 0].tolist(), steps[3, 3].tolist()]
    assert torch.equal(mean[0], steps[0, :2].mean(0))
    assert torch.equal(mean[1], steps[1, 2:].mean(0))
    assert mean[2].tolist() == [0, 0]
