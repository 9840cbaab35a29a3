"""The way out of the training loop: events as JSON lines, written by a thread so that the loop does not wait."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from os import write as os_write

import msgspec

Event = Mapping[str, object]

BOUND_BYTES = 8 * 1024 * 1024


class EventWriter:
    """Writes each event as one line to a file descriptor, in order, none dropped.

    A slow reader makes the buffer grow up to `bound_bytes`; only then does `write` wait. When the descriptor fails
    (the reader is gone, the disk is full), `on_lost` is called in the writer's thread and `write` raises what happened.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        bound_bytes: int = BOUND_BYTES,
        on_lost: Callable[[OSError], None] | None = None,
    ) -> None:
        self._descriptor = descriptor
        self._bound_bytes = bound_bytes
        self._on_lost = on_lost
        self._lines: deque[bytes] = deque()
        self._num_bytes = 0
        self._closed = False
        self._error: OSError | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._thread.start()

    def write(self, event: Event) -> None:
        line = msgspec.json.encode(event) + b"\n"
        with self._changed:
            self._changed.wait_for(lambda: self._error is not None or self._num_bytes <= self._bound_bytes)
            if self._error is not None:
                raise self._error
            self._lines.append(line)
            self._num_bytes += len(line)
            self._changed.notify_all()

    def close(self) -> None:
        """Wait until everything is written."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._closed)
                if not self._lines:
                    return
                block = b"".join(self._lines)
                self._lines.clear()
            try:
                self._write_all(block)
            except OSError as error:
                with self._changed:
                    self._error = error
                    self._changed.notify_all()
                if self._on_lost is not None:
                    self._on_lost(error)
                return
            with self._changed:
                self._num_bytes -= len(block)
                self._changed.notify_all()

    def _write_all(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os_write(self._descriptor, rest) :]
