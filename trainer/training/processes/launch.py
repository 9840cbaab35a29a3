"""A run that several processes share: started by torch's launcher, heard and told over a wire to each."""

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

import msgspec
from torch.distributed import DistError
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from trainer.training.control import Control, Request
from trainer.training.events import Event
from trainer.training.job import Job
from trainer.training.processes.meeting import Place, meet, stay_here
from trainer.training.processes.rank import Task, serve

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.1
END_SECONDS: Final = 5  # for those that are to leave, before they are killed
READ_BYTES: Final = 1 << 16

# It warns that it hears no signals beside the main thread; our processes end with their wires instead.
logging.getLogger("torch.distributed.elastic.multiprocessing.api").setLevel(logging.ERROR)


def train_together(
    job: Job, emit: Callable[[Event], None], control: Control, *, number: int, alone: bool
) -> Event | None:
    """Train `job` in `number` processes here, together with those of other machines where it has a meeting.

    Returns the `end` event, which is not emitted. None where a process was killed, here or elsewhere: nothing more is
    known, and the run can go on from its newest checkpoint. Raises UserError where the machines cannot meet.
    """
    commands = [Pipe(duplex=False) for _ in range(number)]
    events = [Pipe(duplex=False) for _ in range(number)]
    with tempfile.TemporaryDirectory(prefix="layerloom-run-") as folder:
        place = meet(job.meeting, emit) if job.meeting else stay_here(Path(folder))
        task = Task(
            job.directory,
            alone,
            address=place.address,
            commands=[receive for receive, _ in commands],
            events=[send for _, send in events],
        )
        with _launched(task, place, Path(folder), number) as launcher:
            wires = Wires([receive for receive, _ in events], [send for _, send in commands])
            try:
                return wires.follow(launcher, emit, control)
            finally:
                wires.close()


class Wires:
    """This end of the wires to all processes: lines of events come in, requests go out."""

    def __init__(self, events: list[Connection], commands: list[Connection]) -> None:
        self._rests = dict.fromkeys(events, b"")
        self._commands = commands
        self._passed_on: Request | None = None

    def follow(self, launcher: threading.Thread, emit: Callable[[Event], None], control: Control) -> Event | None:
        """Pass events and requests on until the launcher ends. Returns the first `end` that any process told."""
        end: Event | None = None
        while True:
            is_last_look = not launcher.is_alive()
            events = self._receive()
            for event in events:
                if event["type"] != "end":
                    emit(event)
                elif end is None:
                    end = event
            if is_last_look and not events:
                return end
            if control.requested not in (None, self._passed_on):
                self._pass_on(control.requested)

    def _receive(self) -> list[dict[str, Any]]:
        events = []
        for ready in wait(list(self._rests), timeout=LOOK_SECONDS):
            assert isinstance(ready, Connection)
            data = os.read(ready.fileno(), READ_BYTES)
            *lines, self._rests[ready] = (self._rests[ready] + data).split(b"\n")
            events += [msgspec.json.decode(line) for line in lines]
        return events

    def close(self) -> None:
        """The processes that are still there end by themselves."""
        for wire in (*self._commands, *self._rests):
            wire.close()

    def _pass_on(self, request: Request | None) -> None:
        self._passed_on = request
        for command in self._commands:
            try:
                command.send(request)
            except OSError:  # it is dead, which the launcher sees as well
                continue


@contextmanager
def _launched(task: Task, place: Place, folder: Path, number: int) -> Iterator[threading.Thread]:
    """The thread in which torch's launcher starts the processes, watches them, and ends all when one fails."""
    config = LaunchConfig(
        min_nodes=place.machines,
        max_nodes=place.machines,
        nproc_per_node=number,
        run_id=place.name,
        rdzv_backend=place.backend,
        rdzv_endpoint=place.endpoint,
        rdzv_configs=dict(place.settings),
        max_restarts=0,
        logs_specs=DefaultLogsSpecs(log_dir=str(folder)),
        shutdown_timeout=END_SECONDS,
    )
    failures: list[BaseException] = []

    def launch() -> None:
        try:
            elastic_launch(config, serve)(task)
        except ChildFailedError:
            pass  # what one of them told, or that none could, is the wires' to say
        except DistError as error:
            log.warning("another machine of the run is gone: %s", error)
        except BaseException as error:
            failures.append(error)

    launcher = threading.Thread(target=launch, name="launcher", daemon=True)
    launcher.start()
    try:
        yield launcher
    finally:
        launcher.join()
    if failures:
        raise failures[0]
