"""The warm helper process and the command line."""

import json
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from trainer.graph.__main__ import main
from trainer.graph.document import content_hash, parse_document
from trainer.graph.templates import FOLDER, load_template

TEMPLATE = FOLDER / "diabetes.json"


def ask(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Send requests to a fresh helper of a fresh nursery and read its answers; both end when nobody listens."""
    control, far_control = socket.socketpair()
    connection, far_connection = socket.socketpair()
    with control, connection, far_control, far_connection:
        nursery = subprocess.Popen([sys.executable, "-m", "trainer.helper"], stdin=far_control)
        far_control.close()
        socket.send_fds(control, [b"f"], [far_connection.fileno()])
        far_connection.close()
        (pid,) = struct.unpack(">I", control.recv(4))
        texts = [json.dumps(request).encode() for request in requests]
        connection.sendall(b"".join(struct.pack(">I", len(text)) + text for text in texts))
        with connection.makefile("rb") as source:
            answers = [json.loads(source.read(*struct.unpack(">I", source.read(4)))) for _ in requests]
    assert nursery.wait(20) == 0
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
    assert not psutil.pid_exists(pid)
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
