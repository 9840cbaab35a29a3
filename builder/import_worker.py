"""Importing a stranger's model: a process of its own for each, few at a time, ended when it takes too long."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from django.conf import settings

import trainer.messages.importing  # noqa: F401 - the sentences of what may be answered
from trainer.errors import UserError

MAX_AT_ONCE = 2
WAIT_SECONDS = 20.0
IMPORT_SECONDS = 180

_places = threading.BoundedSemaphore(MAX_AT_ONCE)


def run_import(file: Path, target: Path, *, name: str, graph: Path | None, language: str) -> dict[str, Any]:
    """What the worker answered: `{"result"}` or `{"error"}`; raises UserError where it gave no answer."""
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise UserError("engine.busy", status=503, seconds=10)
    command = [sys.executable, "-m", "trainer.graph.importing.worker", str(file), str(target), f"--name={name}"]
    command += [f"--language={language}", *([f"--graph={graph}"] if graph else [])]
    try:
        subprocess.run(command, timeout=IMPORT_SECONDS, cwd=settings.BASE_DIR, check=True, capture_output=True)
        return json.loads((target / "answer.json").read_text(encoding="utf-8"))
    except (subprocess.SubprocessError, OSError) as error:
        raise UserError("import.failed", status=422) from error
    finally:
        _places.release()
