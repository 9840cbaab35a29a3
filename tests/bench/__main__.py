"""All benches, one after the other and each in a process of its own: `python -m tests.bench [--smoke]`, as JSON."""

import json
import subprocess
import sys
import time

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


def main() -> None:
    flags = [flag for flag in sys.argv[1:] if flag == "--smoke"]
    reports = {}
    for name in BENCHES:
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{name}", *flags], stdout=subprocess.PIPE, text=True, check=True
        )
        reports[name] = json.loads(done.stdout) | {"bench_seconds": round(time.monotonic() - begun, 1)}
    print(json.dumps(reports, indent=2))


if __name__ == "__main__":
    main()
