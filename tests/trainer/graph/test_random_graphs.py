"""Random graphs without a mistake: they read back as they were, and their code does what the interpreter does."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from hypothesis import given
from torch import Tensor

from tests.trainer.graph.drawn_graphs import graphs
from trainer.graph.analysis import analyse
from trainer.graph.canonical import canonical_form
from trainer.graph.codegen import generate_code
from trainer.graph.compile import compile_graph
from trainer.graph.document import Document, content_hash, parse_document
from trainer.graph.interpreter import Interpreter

LINT = ("--isolated", "--line-length", "120")
NEVER_TOLD = "E501,I001,A,N"


def written_out(canonical: dict[str, Any]) -> dict[str, Any]:
    """A document with what the canonical form holds and nothing else."""

    def graph(part: dict[str, Any]) -> dict[str, Any]:
        keys = ("source", "source_port", "target", "target_port", "index")
        edges = [
            {"id": f"e{number}", **dict(zip(keys, edge, strict=True))} for number, edge in enumerate(part["edges"])
        ]
        return {"nodes": part["nodes"], "edges": edges}

    blocks = {
        name: {
            **graph(block),
            "params": [dict(zip(("name", "type", "default"), param, strict=True)) for param in block["params"]],
        }
        for name, block in canonical["blocks"].items()
    }
    return {"format": 1, **graph(canonical), "blocks": blocks}


@given(graphs())
def test_a_graph_reads_back_as_it_was_and_its_canonical_form_holds_all_that_decides_it(data: dict[str, Any]) -> None:
    read = parse_document(data)

    assert parse_document(json.loads(json.dumps(read.to_json()))) == read
    rebuilt = parse_document(json.loads(json.dumps(written_out(canonical_form(read)))))
    assert canonical_form(rebuilt) == canonical_form(read)
    assert content_hash(rebuilt) == content_hash(read)
    assert generate_code(rebuilt) == generate_code(read)


@given(graphs())
def test_the_check_finds_no_mistake_in_a_graph_that_has_none(data: dict[str, Any]) -> None:
    problems = analyse(parse_document(data))["problems"]

    assert [problem["message"] for problem in problems if problem["severity"] == "error"] == []


@given(graphs())
def test_the_code_has_the_weights_and_the_outputs_of_the_interpreter(data: dict[str, Any]) -> None:
    document = parse_document(data)
    torch.manual_seed(1)
    compiled = compile_graph(document)
    torch.manual_seed(1)
    oracle = Interpreter(document)
    inputs = random_inputs(document, compiled.inputs)

    ours, theirs = compiled.network.state_dict(), oracle.state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for training in (True, False):
        compiled.network.train(training)
        oracle.train(training)
        torch.manual_seed(2)
        outputs = compiled.run(*inputs)
        torch.manual_seed(2)
        expected = oracle(*inputs)
        assert len(outputs) == len(expected) == len(compiled.outputs)
        for one, other in zip(outputs, expected, strict=True):
            assert torch.equal(one, other) or torch.equal(torch.isnan(one), torch.isnan(other))


def random_inputs(document: Document, names: tuple[str, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(7)
    params = {node.name: node.params for node in document.nodes}
    return [
        torch.randint(0, 4, (3, *params[name]["shape"]), generator=generator)
        if params[name].get("dtype") == "int64"
        else torch.randn(3, *params[name]["shape"], generator=generator)
        for name in names
    ]


def test_the_code_is_as_the_formatter_would_leave_it_and_every_name_in_it_is_used(tmp_path: Path) -> None:
    @given(graphs())
    def write(data: dict[str, Any]) -> None:
        code = generate_code(parse_document(data))
        (tmp_path / f"network_{len(list(tmp_path.iterdir()))}.py").write_text(code, encoding="utf-8")

    write()
    told = [
        subprocess.run([sys.executable, "-m", "ruff", *words, *LINT, str(tmp_path)], capture_output=True, text=True)
        for words in (("format", "--diff"), ("check", "--select", "E,F,W", "--ignore", "E501"))
    ]

    assert [done.stdout + done.stderr for done in told if done.returncode] == []
