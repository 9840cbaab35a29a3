"""`python -m trainer.run JOB_DIR`: train one job directory to its end, appending its events to `events.jsonl`.

Without a `resume` in `job.json` it goes on from the newest checkpoint of its own, where there is one. Ctrl-C pauses.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import trainer.no_compiler
import trainer.openmp  # noqa: F401
from trainer.errors import UserError
from trainer.training.control import Control
from trainer.training.events import Event, EventWriter
from trainer.training.session import DIED, train_job


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m trainer.run", description="Train one job directory.")
    parser.add_argument("job_dir", type=Path)
    directory = parser.parse_args(arguments).job_dir.resolve()
    control = Control()

    def pause(_signal: int, _frame: FrameType | None) -> None:
        control.requested = "pause"

    signal.signal(signal.SIGINT, pause)
    signal.signal(signal.SIGTERM, pause)
    writer = EventWriter(_open_events(directory / "events.jsonl"))

    def emit(event: Event) -> None:
        writer.write(event)
        line = _line(event)
        if line:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    status = train_job(directory, emit, control, alone=True)
    writer.close()
    if status == DIED:
        sys.stderr.write(UserError("training.process_died").message() + "\n")
    return 0 if status in ("succeeded", "paused") else 1


def _open_events(path: Path) -> int:
    """A descriptor that appends whole lines: half a line that a killed process left is taken away."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    content = path.read_bytes()
    os.ftruncate(descriptor, content.rfind(b"\n") + 1)
    return descriptor


def _line(event: Event) -> str:
    """What a person at a terminal reads of an event; "" where it is not for them."""
    match event:
        case {"type": "epoch", "epoch": epoch, "values": dict(values)}:
            numbers = "  ".join(f"{name} {value:.4f}" for name, value in values.items() if value is not None)
            return f"epoch {epoch}  {numbers}"
        case {"type": "end", "error": {"message": message, "traceback": trace}}:
            return f"{trace}\n{message}"
        case {"type": "end", "status": status, "test": test}:
            return f"{status}  test {test}"
        case _:
            return ""


if __name__ == "__main__":
    sys.exit(main())
