"""Starts the processes, keeps them running, and ends them."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

from builder.processes import plan
from builder.processes.child import FIRST_BACKOFF_SECONDS, Child, Command

log = logging.getLogger(__name__)

NUM_PORTS_TRIED = 20
BUS_START_SECONDS = 15.0
WEB_START_SECONDS = 90.0


class CannotStart(Exception):
    """Said to the person as it is."""


class Supervisor:
    """Holds the two listening sockets, so that no connection is refused while a process behind one starts again."""

    def __init__(self, names: Sequence[str], *, web: socket.socket | None, models: socket.socket | None) -> None:
        self._names = names
        self._web = web
        self._models = models
        self._children: list[Child] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._logs: Path = settings.DATA_DIR / "log"

    async def run(self, on_ready: Callable[[str], None]) -> None:
        """Until SIGTERM or SIGINT. Calls `on_ready` once, with where the first page is when it can be asked for."""
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, ended.set)
        starting = asyncio.create_task(self._start(on_ready))
        ending = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait((starting, ending), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
            await ending
        finally:
            starting.cancel()
            await self._stop()

    async def _start(self, on_ready: Callable[[str], None]) -> None:
        if "bus" in self._names:
            self._keep_running(plan.bus_command())
            await wait_for_socket(settings.BUS_SOCKET, BUS_START_SECONDS)
        # The page first: the others would take the processors from it while they start.
        on_ready("" if self._web is None else await self._start_web(self._web))
        if "worker" in self._names:
            self._keep_running(plan.worker_command(with_beat="beat" in self._names))
        elif "beat" in self._names:
            self._keep_running(plan.beat_command())
        if "train_worker" in self._names:
            self._keep_running(plan.train_worker_command())
        if self._models is not None:
            self._tasks.append(asyncio.create_task(self._activate_model_server(self._models)))

    async def _start_web(self, listener: socket.socket) -> str:
        """The address of the first page, once it is there. The process loads its code while the store is prepared."""
        prepared, preparing = os.pipe()
        try:
            self._keep_running(plan.web_command(listener.fileno(), prepared))
            url = await self._prepare()
        finally:
            os.close(preparing)
        await wait_for_page(listener, WEB_START_SECONDS, self._logs / "web.log")
        return url

    async def _prepare(self) -> str:
        child = Child(plan.prepare_command(), logs=self._logs, cwd=settings.BASE_DIR)
        self._children.append(child)
        returncode, words = await child.ask()
        if returncode != 0:
            raise CannotStart(
                f"{last_line(child.log_path)}\nThe store could not be prepared; more is in {child.log_path}."
            )
        return words.strip()

    def _keep_running(self, command: Command) -> None:
        child = Child(command, logs=self._logs, cwd=settings.BASE_DIR)
        self._children.append(child)
        self._tasks.append(asyncio.create_task(child.run_forever(), name=command.name))

    async def _activate_model_server(self, listener: socket.socket) -> None:
        """Start the model server at the first connection, and again at the first after it has ended."""
        child = Child(plan.model_server_command(listener.fileno()), logs=self._logs, cwd=settings.BASE_DIR)
        self._children.append(child)
        while True:
            await readable(listener)
            returncode = await child.run_once()
            if returncode != 0:
                log.warning("the model server ended with %s", returncode)
                await asyncio.sleep(FIRST_BACKOFF_SECONDS)

    async def _stop(self) -> None:
        """All at once but the bus, which the others need to say goodbye."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        bus = [child for child in self._children if child.command.name == "bus"]
        others = [child for child in self._children if child.command.name != "bus"]
        await asyncio.gather(*(child.stop() for child in others))
        await asyncio.gather(*(child.stop() for child in bus))


def last_line(path: Path) -> str:
    return path.read_text(errors="replace").strip().rpartition("\n")[2]


async def readable(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(listener, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(listener)


async def wait_for_socket(path: Path, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_unix_connection(path)
                    writer.close()
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise CannotStart(f"Nothing listens on {path} after {seconds:.0f} s; see the logs in {path.parent}.") from None


async def wait_for_page(listener: socket.socket, seconds: float, log_path: Path) -> None:
    """Until the web process has answered its first request."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        async with asyncio.timeout(seconds):
            while True:
                with contextlib.suppress(OSError):
                    if await _answers(host, port):
                        return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise CannotStart(f"The web process does not answer after {seconds:.0f} s; see {log_path}.") from None


async def _answers(host: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b" 200 " in await reader.readline()
    finally:
        writer.close()


def listen_for_web(host: str, port: int, *, exact: bool) -> socket.socket:
    """The web listener: on `port`, or on the next free one unless that port was asked for. Raises CannotStart."""
    for candidate in range(port, port + (1 if exact else NUM_PORTS_TRIED)):
        try:
            return socket.create_server(
                (host, candidate), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
            )
        except PermissionError:
            raise CannotStart(f"Listening on port {candidate} of {host} is not permitted here.") from None
        except OSError as error:
            reason = error
    raise CannotStart(
        f"Port {port} of {host} is taken ({reason.strerror}). "
        "Stop what listens there, or choose another with LAYERLOOM_PORT."
    )


def listen_for_models() -> socket.socket:
    path = plan.model_server_socket()
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    os.chmod(path, 0o600)
    listener.listen(512)
    return listener


def make_run_directory() -> None:
    """The directory of the unix sockets, for this user alone."""
    settings.RUN_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.RUN_DIR.stat().st_uid != os.geteuid():
        raise CannotStart(f"{settings.RUN_DIR} belongs to somebody else. Remove it, or set LAYERLOOM_DATA.")
    settings.RUN_DIR.chmod(0o700)
