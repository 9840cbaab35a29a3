"""Scripts run as `python train.py` in their own folder would be, without importing torch anew for each.

As a program: a Python that imports what a project requires, and then forks for each line `{"script", "folder",
"output"}` on its input. The child runs the script with nothing of ours on its path; the answer is its exit status.
"""

import json
import os
import runpy
import subprocess
import sys
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

REQUIREMENTS = ("numpy", "PIL.Image", "safetensors.torch", "torch")


@dataclass(frozen=True)
class Done:
    returncode: int
    output: str


class LonePython:
    """The program, started and asked from a test."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=environment,
            cwd="/",
        )

    def run(self, script: str, folder: Path) -> Done:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        output = folder / "output.txt"
        line = json.dumps({"script": script, "folder": str(folder), "output": str(output)})
        self._process.stdin.write(line + "\n")
        answer = self._process.stdout.readline()
        assert answer, "the process that runs scripts has ended"
        return Done(int(answer), output.read_text())


@cache
def lone_python() -> LonePython:
    """The one of this test process; it ends with it, when its input does."""
    return LonePython()


def run_script(script: str, folder: str, output: str) -> int:
    """The exit status of `script`, in a child of this process."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(sink, stream)
        os.chdir(folder)
        sys.path.insert(0, folder)
        sys.argv = [script]
        runpy.run_path(script, run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    for name in REQUIREMENTS:
        __import__(name)
    assert "trainer" not in sys.modules
    for line in sys.stdin:
        job: dict[str, Any] = json.loads(line)
        print(run_script(**job), flush=True)


if __name__ == "__main__":
    main()
