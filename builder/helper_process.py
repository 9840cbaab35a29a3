"""One helper process that holds torch, and the nursery that it is forked from.

A nursery (`python -m trainer.helper`) imports torch once, runs nothing, and forks a helper whenever it is asked
to: a helper is there within 10 ms and shares its memory with the others. A request and its answer are JSON behind
their length (four bytes, big-endian).
"""

import os
import select
import socket
import subprocess
import sys
import time
from typing import Any

import msgspec
import psutil
from django.conf import settings

START_SECONDS = 120.0  # importing torch on a busy machine
CALL_SECONDS = 20.0
MAX_HELPER_BYTES = 2 * 1024**3
LENGTH_BYTES = 4


class HelperGone(Exception):
    """The other process ended, or answered what it was not asked."""


class Nursery:
    """The process that helpers are forked from. Not for several threads at once."""

    def __init__(self) -> None:
        self._control, far_end = socket.socketpair()
        with far_end:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "trainer.helper"],
                stdin=far_end,  # it ends with the web process, when this closes
                cwd=settings.BASE_DIR,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
                start_new_session=False,
            )

    def fork(self) -> "Helper":
        """A new helper. Raises HelperGone or TimeoutError; the nursery is of no use then."""
        near_end, far_end = socket.socketpair()
        try:
            with far_end:
                socket.send_fds(self._control, [b"f"], [far_end.fileno()])
            pid = int.from_bytes(read_from(self._control, LENGTH_BYTES, time.monotonic() + START_SECONDS), "big")
            return Helper(pid, near_end)
        except (OSError, HelperGone, psutil.Error) as error:
            near_end.close()
            raise HelperGone from error

    def end(self) -> None:
        self._control.close()
        self.process.kill()
        self.process.wait()


class Helper:
    """One process that answers one request at a time. Not for several threads at once."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.process = psutil.Process(pid)
        self._connection = connection
        self._num_calls = 0
        self.idle_since = time.monotonic()
        connection.setblocking(False)

    def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The answer: `{"result"}` or `{"error"}`. Raises TimeoutError and HelperGone; the helper is of no use then."""
        deadline = time.monotonic() + CALL_SECONDS
        self._num_calls += 1
        request = msgspec.json.encode({"id": self._num_calls, "method": method, "params": params})
        self._write(len(request).to_bytes(LENGTH_BYTES, "big") + request, deadline)
        length = int.from_bytes(read_from(self._connection, LENGTH_BYTES, deadline), "big")
        answer = msgspec.json.decode(read_from(self._connection, length, deadline))
        if answer.get("id") != self._num_calls:
            raise HelperGone("an answer to another question")
        self.idle_since = time.monotonic()
        return answer

    def _write(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            _wait(self._connection, select.POLLOUT, deadline)
            try:
                view = view[self._connection.send(view) :]
            except OSError as error:
                raise HelperGone from error

    def is_fit(self) -> bool:
        """Alive and not grown beyond what a helper should need."""
        try:
            return self.process.memory_info().rss < MAX_HELPER_BYTES
        except psutil.Error:
            return False

    def end(self) -> None:
        """Kill it; psutil makes sure that the process is still the one that was forked. The nursery reaps it."""
        self._connection.close()
        try:
            self.process.kill()
        except psutil.NoSuchProcess:
            return


def read_from(connection: socket.socket, num_bytes: int, deadline: float) -> bytes:
    """Exactly `num_bytes`. Raises TimeoutError at `deadline`, HelperGone where the other side ended."""
    data = bytearray()
    while len(data) < num_bytes:
        _wait(connection, select.POLLIN, deadline)
        try:
            chunk = connection.recv(num_bytes - len(data))
        except OSError as error:
            raise HelperGone from error
        if not chunk:
            raise HelperGone("end of file")
        data += chunk
    return bytes(data)


def _wait(connection: socket.socket, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(connection, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError
