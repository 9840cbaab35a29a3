"""Slots of a train worker that hold simulated children: `python -m tests.bench.stream_holders NUM_SLOTS`, as JSON.

Claim, holder, lease, log and nudges are the product's own. Each slot takes one run, and what it writes is timed: a
write from the call to the commit, and each point from the child's handing it over to the commit. It prints `ready` when
every slot has its run, and begins when it is sent a line.
"""

import json
import os
import sys
import threading
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "builder.settings")
django.setup()

from django.db import connection  # noqa: E402

from builder.runs.lease import append_events, claim_run  # noqa: E402
from builder.runs.worker import holder  # noqa: E402
from builder.runs.worker.child import ChildProcess  # noqa: E402
from builder.runs.worker.keeper import LeaseKeeper  # noqa: E402


class SimulatedChild(ChildProcess):
    module = "tests.bench.stream_child"


class Watch:
    """What the writes of all slots took."""

    def __init__(self) -> None:
        self.write_ms: list[float] = []
        self.commit_ms: list[float] = []
        self.num_points = 0
        self.first = self.last = 0.0

    def append_events(self, claim, events, **changes) -> None:
        begun = time.monotonic()
        append_events(claim, events, **changes)
        self.last = time.monotonic()
        self.write_ms.append((self.last - begun) * 1000)
        for event in events:
            if event["type"] == "point":
                self.first = self.first or event["sent"]
                self.num_points += len(event["values"]["train/loss"])
                self.commit_ms.append((self.last - event["sent"]) * 1000)


def take_one_run(keeper: LeaseKeeper, ready: threading.Semaphore, go: threading.Event) -> None:
    child = SimulatedChild(num_threads=1, environment={})
    try:
        if not child.wait_until_ready(60):
            raise RuntimeError(f"no simulated child: {child.last_output()}")
        claim = claim_run()
        if claim is None:
            raise RuntimeError("there is no run to claim")
        ready.release()
        go.wait()
        stopping = threading.Event()
        holder.RunHolder(claim, child, keeper=keeper, num_threads=1, stopping=stopping, on_turn=lambda: None).hold()
    finally:
        if not child.is_over:
            child.end()
        connection.close()


def main() -> None:
    watch, keeper, ready, go = Watch(), LeaseKeeper(), threading.Semaphore(0), threading.Event()
    holder.append_events = watch.append_events
    keeper.start()
    slots = [
        threading.Thread(target=take_one_run, args=(keeper, ready, go), daemon=True) for _ in range(int(sys.argv[1]))
    ]
    for slot in slots:
        slot.start()
    for _ in slots:
        if not ready.acquire(timeout=120):
            raise TimeoutError("a slot got no run; its error is above")
    print("ready", flush=True)
    sys.stdin.readline()
    worked = time.process_time()
    go.set()
    for slot in slots:
        slot.join()
    print(json.dumps({**vars(watch), "cpu_seconds": time.process_time() - worked}))


if __name__ == "__main__":
    main()
