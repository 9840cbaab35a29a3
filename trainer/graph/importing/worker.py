"""One import in a process of its own, with bounds on what it may use.

    python -m trainer.graph.importing.worker FILE TARGET_DIR --name NAME [--graph GRAPH.json] [--language zh]

Writes ``answer.json`` (``{"result"}`` or ``{"error"}``) and, where there are any, ``weights.safetensors``.
"""

import argparse
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from trainer.errors import UserError
from trainer.graph.importing.files import import_file
from trainer.graph.importing.weights import write_weights

MEMORY_BYTES = 8 * 1024**3
CPU_SECONDS = 120
WEIGHTS_FILE = "weights.safetensors"
ANSWER_FILE = "answer.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where there is an answer, also where it is a refusal."""
    parser = argparse.ArgumentParser(prog="python -m trainer.graph.importing.worker", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--name", required=True, help="what the person calls the file")
    parser.add_argument("--graph", type=Path, help="the document that weights are for")
    parser.add_argument("--language", default="en")
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    torch.set_num_threads(1)
    try:
        answer = {"result": _import(options)}
    except UserError as error:
        answer = {"error": error.to_json()}
    except MemoryError:
        answer = {"error": UserError("import.failed", status=422).to_json()}
    (options.target / ANSWER_FILE).write_text(json.dumps(answer), encoding="utf-8")
    return 0


def _import(options: argparse.Namespace) -> dict[str, Any]:
    graph = json.loads(options.graph.read_bytes()) if options.graph else None
    imported = import_file(options.file.read_bytes(), options.name, graph)
    if imported.weights:
        (options.target / WEIGHTS_FILE).write_bytes(write_weights(imported.weights))
    return {
        "graph": imported.document.to_json(),
        "report": imported.report.to_json(options.language),
        "num_tensors": len(imported.weights),
    }


if __name__ == "__main__":
    sys.exit(main())
