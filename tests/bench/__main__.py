"""All benches, each in a process of its own: `python -m tests.bench [--smoke]`, as JSON.

One after the other; a smoke run, which tells that they run and not how fast, as many at a time as there are cores.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

BENCHES = (
    "training",
    "gpu",
    "accuracy",
    "memory",
    "mapped",
    "predict",
    "page",
    "check",
    "stream",
    "run_pages",
    "first_point",
    "templates",
)


def run_bench(name: str, flags: list[str]) -> dict[str, Any]:
    begun = time.monotonic()
    command = [sys.executable, "-m", f"tests.bench.{name}", *flags]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout) | {"bench_seconds": round(time.monotonic() - begun, 1)}


def main() -> None:
    flags = [flag for flag in sys.argv[1:] if flag == "--smoke"]
    with ThreadPoolExecutor(os.cpu_count() if flags else 1) as threads:
        reports = dict(zip(BENCHES, threads.map(lambda name: run_bench(name, flags), BENCHES), strict=True))
    print(json.dumps(reports, indent=2))


if __name__ == "__main__":
    main()
