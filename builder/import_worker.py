"""Importing a stranger's model: a process of its own for each, few at a time, one a person: the last one asked for."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings

import trainer.messages.importing  # noqa: F401 - the sentences of what may be answered
from builder.turns import Turns
from trainer.errors import UserError

IMPORT_SECONDS = 180
LOOK_SECONDS = 0.2
WAIT_SECONDS = 20.0

_turns = Turns(max_at_once=2, max_waiting=1)
_lock = threading.Lock()
_under_way: dict[object, subprocess.Popen[bytes]] = {}


def run_import(
    file: Path,
    target: Path,
    *,
    name: str,
    graph: Path | None,
    language: str,
    person: object,
    gone: threading.Event | None = None,
) -> dict[str, Any]:
    """What the worker answered: `{"result"}` or `{"error"}`; raises UserError where it gave no answer.

    It ends where `gone` says that nobody waits for it any more, and where the same person begins another.
    """
    command = [sys.executable, "-m", "trainer.graph.importing.worker", str(file), str(target), f"--name={name}"]
    command += [f"--language={language}", *([f"--graph={graph}"] if graph else [])]
    with _lock:
        if earlier := _under_way.pop(person, None):
            earlier.kill()
    with _turns.one(person, wait_seconds=WAIT_SECONDS):
        _run(command, person, gone or threading.Event())
    return json.loads((target / "answer.json").read_text(encoding="utf-8"))


def _run(command: list[str], person: object, gone: threading.Event) -> None:
    if gone.is_set():
        raise UserError("import.called_off", status=409)
    try:
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise UserError("import.failed", status=422) from error
    with _lock:
        _under_way[person] = process
    try:
        code = _wait(process, gone)
    finally:
        process.kill()
        process.wait()
        with _lock:
            is_last = _under_way.get(person) is process
            if is_last:
                del _under_way[person]
    if not is_last:
        raise UserError("import.replaced", status=409)
    if code != 0:
        raise UserError("import.failed", status=422)


def _wait(process: subprocess.Popen[bytes], gone: threading.Event) -> int:
    """Its exit status. Raises UserError where it takes too long, or nobody waits for it any more."""
    until = time.monotonic() + IMPORT_SECONDS
    while time.monotonic() < until:
        try:
            return process.wait(min(LOOK_SECONDS, IMPORT_SECONDS))
        except subprocess.TimeoutExpired:
            if gone.is_set():
                raise UserError("import.called_off", status=409) from None
    raise UserError("import.failed", status=422)
