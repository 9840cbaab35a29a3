"""One supervised process: started in a session of its own, started again when it ends, killed with its group."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 15.0
STEADY_SECONDS = 20.0  # a process that ran this long did not fail to start
MAX_LOG_BYTES = 10 * 1024**2

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Command:
    """What to start. `descriptors` stay open in the child; `stop_seconds` is its time to end after SIGTERM."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    stop_seconds: float = 4.0


class Child:
    def __init__(self, command: Command, *, logs: Path, cwd: Path) -> None:
        self.command = command
        self.process: asyncio.subprocess.Process | None = None
        self.num_starts = 0
        self.log_path = logs / f"{command.name}.log"
        self._cwd = cwd

    async def run_forever(self) -> None:
        """Start it, and again whenever it ends, waiting longer after each start that did not last."""
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            started = time.monotonic()
            returncode = await self.run_once()
            if time.monotonic() - started > STEADY_SECONDS:
                backoff = FIRST_BACKOFF_SECONDS
            log.warning("%s ended with %s; starting it again in %.1f s", self.command.name, returncode, backoff)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)

    async def run_once(self) -> int:
        """Start it and wait for its end. What it left running in its session ends with it."""
        process = await self._spawn(answers=False)
        returncode = await process.wait()
        signal_group(process.pid, signal.SIGKILL)
        return returncode

    async def ask(self) -> tuple[int, str]:
        """Start it once and wait for its end: the return code, and what it printed."""
        process = await self._spawn(answers=True)
        words, _ = await process.communicate()
        return await process.wait(), words.decode()

    async def _spawn(self, *, answers: bool) -> asyncio.subprocess.Process:
        rotate(self.log_path)
        with self.log_path.open("ab") as sink:
            # Spawned from the main thread (asyncio's loop): the death signal is tied to the thread that spawns.
            self.process = await asyncio.create_subprocess_exec(
                *self.command.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if answers else sink,
                stderr=sink,
                cwd=self._cwd,
                env={**os.environ, **self.command.environment},
                start_new_session=True,
                pass_fds=self.command.descriptors,
                preexec_fn=die_with_parent(os.getpid()),
            )
        self.num_starts += 1
        log.info("%s started as process %d", self.command.name, self.process.pid)
        return self.process

    async def stop(self) -> None:
        """SIGTERM to the process, and after its time SIGKILL to all its group."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(self.command.stop_seconds):
                await process.wait()
        except TimeoutError:
            log.warning("%s did not end in %.0f s and is killed", self.command.name, self.command.stop_seconds)
        signal_group(process.pid, signal.SIGKILL)
        await process.wait()


def die_with_parent(parent: int) -> Callable[[], None] | None:
    """For `preexec_fn`: have the kernel kill the child when the thread that spawned it ends (Linux)."""
    libc = _libc
    if libc is None:
        return None

    def arm() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before the call
            os._exit(1)

    return arm


def signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def rotate(path: Path) -> None:
    """Set a log aside that has grown large; the one set aside before goes."""
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
