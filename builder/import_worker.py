"""Importing a stranger's model: a process of its own for each, few at a time, ended when it takes too long."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

import trainer.messages.importing  # noqa: F401 - the sentences of what may be answered
from builder.turns import Turns
from trainer.errors import UserError

IMPORT_SECONDS = 180

_turns = Turns(max_at_once=2, max_waiting=1, wait_seconds=20.0)


def run_import(
    file: Path, target: Path, *, name: str, graph: Path | None, language: str, person: object
) -> dict[str, Any]:
    """What the worker answered: `{"result"}` or `{"error"}`; raises UserError where it gave no answer."""
    command = [sys.executable, "-m", "trainer.graph.importing.worker", str(file), str(target), f"--name={name}"]
    command += [f"--language={language}", *([f"--graph={graph}"] if graph else [])]
    with _turns.one(person):
        try:
            subprocess.run(command, timeout=IMPORT_SECONDS, cwd=settings.BASE_DIR, check=True, capture_output=True)
        except (subprocess.SubprocessError, OSError) as error:
            raise UserError("import.failed", status=422) from error
    return json.loads((target / "answer.json").read_text(encoding="utf-8"))
