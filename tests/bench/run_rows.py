"""Many runs, written as rows: `python -m tests.bench.run_rows PROJECT NUM_RUNS NUM_STEPS`.

All are copies of the project's newest run, in every final state and with a history. To that one's log `NUM_STEPS` steps
are added, in chunks as a fast run writes them.
"""

import math
import os
import random
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "builder.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from builder.ownership import new_id  # noqa: E402
from builder.runs.log import make_event, numbered, storable  # noqa: E402
from builder.runs.models import MetricChunk, Run  # noqa: E402

STEPS_A_CHUNK = 100
HISTORY = [[epoch, 100 * epoch, 0.5 + epoch / 100] for epoch in range(1, 21)]
NAMES = ("id", "number", "status", "summary", "finished_at", "started_at", "checkpoint", "worker")


def copy_run(run: Run, number: int) -> Run:
    """A row like that of `run`, ended, and with 20 epochs to its curve."""
    fields = {field.name: getattr(run, field.name) for field in Run._meta.concrete_fields if field.name not in NAMES}
    latest = {"epoch": 20, "step": 2000, "values": {"train/loss": 0.1, "val/loss": 0.2, "val/accuracy": 0.9}}
    summary = {**run.summary, "metric": "val/accuracy", "history": HISTORY, "latest": latest, "best": latest}
    status = Run.FINAL[number % len(Run.FINAL)]
    now = timezone.now()
    return Run(**fields, id=new_id(), number=number, status=status, summary=summary, started_at=now, finished_at=now)


def write_steps(run: Run, num_steps: int) -> None:
    chunks, last_seq = [], run.last_seq
    for first in range(1, num_steps + 1, STEPS_A_CHUNK):
        steps = range(first, min(first + STEPS_A_CHUNK, num_steps + 1))
        losses = [math.exp(-step / 30_000) + random.random() / 10 for step in steps]
        event = make_event("point", step=first, values={"train/loss": losses, "rate": [0.001] * len(losses)})
        last_seq += 1
        payload = storable(numbered([event], last_seq))
        chunks.append(MetricChunk(run=run, seq_from=last_seq, seq_to=last_seq, payload=payload))
    MetricChunk.objects.bulk_create(chunks, batch_size=500)
    Run.objects.filter(id=run.id).update(last_seq=last_seq, step=num_steps)


def main() -> None:
    project, num_runs, num_steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    run = Run.objects.filter(project=project).order_by("-id").first()
    if run is None:
        raise SystemExit(f"project {project} has no run to copy")
    write_steps(run, num_steps)
    copies = [copy_run(run, run.number + 1 + index) for index in range(num_runs - 1)]
    Run.objects.bulk_create(copies, batch_size=200)


if __name__ == "__main__":
    main()
