"""The warm helper process and the command line."""

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.graph.__main__ import main
from trainer.graph.document import content_hash, parse_document
from trainer.graph.templates import FOLDER, load_template

TEMPLATE = FOLDER / "diabetes.json"


def ask(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Send requests to a fresh helper and read its answers until it ends with its input."""
    texts = [json.dumps(request).encode() for request in requests]
    given = b"".join(struct.pack(">I", len(text)) + text for text in texts)
    script = [sys.executable, "-m", "trainer.graph.helper"]
    output = subprocess.run(script, input=given, capture_output=True, check=True).stdout
    answers = []
    while output:
        (length,) = struct.unpack(">I", output[:4])
        answers.append(json.loads(output[4 : 4 + length]))
        output = output[4 + length :]
    return answers


def test_the_helper_answers_in_order_and_outlives_bad_requests() -> None:
    document = load_template("diabetes")
    analysed, refused, unknown, code, digest = ask(
        {"id": 1, "method": "analyse", "params": {"graph": document, "batch_size": 8}},
        {"id": 2, "method": "analyse", "params": {"graph": {"format": 9}}},
        {"id": 3, "method": "nothing", "params": {}},
        {"id": 4, "method": "code", "params": {"graph": document}},
        {"id": 5, "method": "hash", "params": {"graph": document}},
    )

    assert analysed["result"]["totals"]["num_parameters"] == 385
    assert (refused["error"]["code"], refused["error"]["path"]) == ("graph.newer_format", "format")
    assert unknown["error"]["code"] == "internal"
    assert "class Network(nn.Module):" in code["result"]
    assert digest == {"id": 5, "result": content_hash(parse_document(document))}


def test_the_command_line_prints_the_check_the_module_and_the_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(TEMPLATE)]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["num_parameters"] == 385
    assert main(["code", str(TEMPLATE)]) == 0
    assert "class Network(nn.Module):" in capsys.readouterr().out
    assert main(["hash", str(TEMPLATE)]) == 0
    assert capsys.readouterr().out.strip() == content_hash(parse_document(load_template("diabetes")))


def test_the_command_line_says_what_is_wrong_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unread, broken = tmp_path / "unread.json", tmp_path / "broken.json"
    unread.write_text('{"format": 1, "layers": []}')
    broken.write_text('{"format": 1, "nodes": [{"id": "a", "name": "a", "type": "Linear"}]}')

    assert main(["check", str(unread)]) == 2
    assert "layers" in capsys.readouterr().err
    assert main(["check", str(broken)]) == 1
    assert main(["code", str(broken)]) == 2
