"""A child that trains nothing and reports like one that trains fast: `python -m tests.bench.stream_child`.

It speaks the protocol of `trainer.child`. Each report says when it was handed over, on the machine's own clock.
"""

import json
import os
import random
import sys
import time

REPORTS_A_SECOND = 5  # as `trainer.training.reporter` reports


def main() -> None:
    descriptor = int(os.environ["LAYERLOOM_EVENT_FD"])
    num_steps, seconds = int(os.environ["BENCH_STEPS_A_SECOND"]) // REPORTS_A_SECOND, int(os.environ["BENCH_SECONDS"])

    def tell(**event: object) -> None:
        line = memoryview(json.dumps(event).encode() + b"\n")
        while line:
            line = line[os.write(descriptor, line) :]

    tell(type="ready")
    if not sys.stdin.readline():
        return
    total = seconds * REPORTS_A_SECOND * num_steps
    tell(type="started", frozen={"device": "none"}, carried=None, num_steps=total, steps_per_epoch=total)
    due = time.monotonic() + random.random() / REPORTS_A_SECOND
    for step in range(1, total + 1, num_steps):
        due += 1 / REPORTS_A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        values = {"train/loss": [random.random() for _ in range(num_steps)], "rate": [0.001] * num_steps}
        tell(type="point", step=step, values=values, sent=time.monotonic())
    tell(type="end", status="succeeded", test=None)


if __name__ == "__main__":
    main()
