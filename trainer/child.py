"""`python -m trainer.child`: a warm process that waits for one run, trains it, and ends.

It has torch imported and one training step done when it says `ready`, so that a run's first point comes at once.
Commands come as JSON lines on the standard input: `{"command": "train", "job_dir": ...}`, then `pause`, `cancel` or
`hand_back`. Events go as JSON lines to the descriptor named by LAYERLOOM_EVENT_FD; what is printed is a log. When the
input ends, the parent is gone and the process ends at once.
"""

import json
import os
import sys
import threading
from pathlib import Path
from queue import SimpleQueue

import trainer.no_compiler
import trainer.openmp  # noqa: F401
from trainer.training.control import EXIT_PARENT_GONE, REQUESTS, Control
from trainer.training.events import EventWriter
from trainer.training.session import DIED, train_job
from trainer.training.warm_up import warm_up

EXIT_DIED = 4  # a process that shared the run was killed: no `end` was told, and the run can go on


def main() -> int:
    control = Control()
    jobs: SimpleQueue[Path] = SimpleQueue()
    threading.Thread(target=_listen, args=(control, jobs), name="commands", daemon=True).start()
    writer = EventWriter(int(os.environ["LAYERLOOM_EVENT_FD"]), on_lost=lambda _: os._exit(EXIT_PARENT_GONE))
    warm_up()
    writer.write({"type": "ready", "pid": os.getpid()})
    status = train_job(jobs.get(), writer.write, control)
    writer.close()
    return EXIT_DIED if status == DIED else 0


def _listen(control: Control, jobs: SimpleQueue[Path]) -> None:
    """Take commands until the input ends; an unknown one is our own mistake, and ends the process."""
    for line in sys.stdin:
        match json.loads(line):
            case {"command": "train", "job_dir": str(job_dir)}:
                jobs.put(Path(job_dir))
            case {"command": request} if request in REQUESTS:
                control.requested = request
            case other:
                raise ValueError(f"unknown command {other}")
    os._exit(EXIT_PARENT_GONE)


if __name__ == "__main__":
    sys.exit(main())
