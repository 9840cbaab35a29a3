"""Turns of contenders that take them one at a time, each in a process of its own that stays ready in between.

A contender calls `Turns.begin` whenever it has made `num_steps` steps; the other side is a `Contender`. Nothing here
needs torch or the product, for contenders live in environments of their own.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class Turns:
    """A contender's side: answers on what was its standard output, whatever a library prints goes to the errors.

    `settle` waits for what the steps of a turn left running.
    """

    def __init__(self, num_steps: int, *, settle: Callable[[], object] = lambda: None, **facts: Any) -> None:
        self._num_steps = num_steps
        self._settle = settle
        self._facts = facts
        self._answers = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)
        self._begun: tuple[float, float] | None = None
        self._made = num_steps

    def begin(self) -> bool:
        """Answer for the turn that ends here, and wait until the next is asked for. False: there is none."""
        self._answer()
        if not sys.stdin.readline():
            return False
        self._begun = time.perf_counter(), time.process_time()
        return True

    def step(self) -> bool:
        """To be called before every step, by those who do not count: begins a turn where one is over."""
        if self._made == self._num_steps:
            self._made = 0
            if not self.begin():
                return False
        self._made += 1
        return True

    def _answer(self) -> None:
        if self._begun is None:
            answer = {"ready": True, **self._facts}
        else:
            wall, cpu = self._begun
            self._settle()
            answer = {
                "steps": self._num_steps,
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "peak_bytes": peak_bytes(),
            }
        self._answers.write(json.dumps(answer) + "\n")


def peak_bytes() -> int:
    """The most memory this process had resident; what `getrusage` tells includes the parent's before the start."""
    kibibytes = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert kibibytes is not None
    return int(kibibytes[1]) * 1024


class Contender:
    """The process of one contender: `module`, run by `python`, told `task` as JSON. Ready once it is made."""

    def __init__(self, python: Path, module: str, task: Mapping[str, Any], *, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [python, "-m", module, json.dumps(task)],
            cwd=REPOSITORY,
            env={**os.environ, **ONE_THREAD, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.module = module
        self.facts = self._read()

    def take_turn(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.wait(timeout=60):
            raise RuntimeError(f"{self.module} ended with {self._process.returncode}")

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.module} gave no answer; its errors are above")
        answer: dict[str, Any] = json.loads(line)
        return answer


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def read_task() -> dict[str, Any]:
    """What a contender is told: `network`, `batch_size`, `num_steps`, `data` (a folder), and what is its own."""
    task: dict[str, Any] = json.loads(sys.argv[1])
    return task
