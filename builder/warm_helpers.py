"""Helper processes that hold torch so that the web process need not: `python -m trainer.graph.helper`, kept warm.

A request and its answer are JSON behind their length (four bytes, big-endian). One helper answers one request at a
time; a helper that hangs, dies or grows is replaced, and the caller gets an error that says so.
"""

import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from typing import Any

import msgspec
import psutil
from django.conf import settings

from trainer.errors import UserError
from trainer.messages.registry import Text, register_messages

log = logging.getLogger(__name__)

START_SECONDS = 120.0  # importing torch on a busy machine
CALL_SECONDS = 20.0
PATIENCE_SECONDS = 0.5  # a helper that is free soon is sooner than a new one
IDLE_SECONDS = 120.0
MAX_HELPERS = max(2, min(4, os.cpu_count() or 1))
MAX_HELPER_BYTES = 2 * 1024**3

register_messages(
    "engine",
    {
        "busy": Text(
            "Too many graphs are being analysed at once. Try again in {seconds} s.",
            "同时分析的计算图过多，请在 {seconds} 秒后重试。",
        ),
        "timeout": Text(
            "Analysing this graph took more than {limit} s and was stopped. Make the graph smaller.",
            "分析此计算图超过 {limit} 秒，已停止。请减小计算图的规模。",
        ),
        "failed": Text(
            "Analysing this graph failed on our side. What happened is in the log.",
            "分析此计算图时服务器出错，详情已写入日志。",
        ),
        "died": Text(
            "The process that analyses graphs ended while it looked at this one. It has been started anew; try again.",
            "分析计算图的进程在处理此图时意外结束，已重新启动，请重试。",
        ),
    },
)


class HelperGone(Exception):
    pass


class Helper:
    """One process. Not for several threads at once."""

    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trainer.graph.helper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            env=environment,
            start_new_session=False,  # it ends with the web process: its standard input closes
        )
        self._seen = psutil.Process(self.process.pid)
        self.num_calls = 0
        self.idle_since = time.monotonic()
        os.set_blocking(self._stdin, False)
        os.set_blocking(self._stdout, False)

    @property
    def _stdin(self) -> int:
        assert self.process.stdin is not None
        return self.process.stdin.fileno()

    @property
    def _stdout(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The answer: `{"result"}` or `{"error"}`. Raises TimeoutError and HelperGone; the helper is of no use then."""
        deadline = time.monotonic() + (CALL_SECONDS if self.num_calls else START_SECONDS)
        self.num_calls += 1
        request = msgspec.json.encode({"id": self.num_calls, "method": method, "params": params})
        self._write(len(request).to_bytes(4, "big") + request, deadline)
        length = int.from_bytes(self._read(4, deadline), "big")
        answer = msgspec.json.decode(self._read(length, deadline))
        if answer.get("id") != self.num_calls:
            raise HelperGone("an answer to another question")
        self.idle_since = time.monotonic()
        return answer

    def _write(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            _wait(self._stdin, select.POLLOUT, deadline)
            try:
                view = view[os.write(self._stdin, view) :]
            except BrokenPipeError as error:
                raise HelperGone from error

    def _read(self, num_bytes: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < num_bytes:
            _wait(self._stdout, select.POLLIN, deadline)
            chunk = os.read(self._stdout, num_bytes - len(data))
            if not chunk:
                raise HelperGone("end of file")
            data += chunk
        return bytes(data)

    def is_fit(self) -> bool:
        """Alive and not grown beyond what a helper should need."""
        try:
            return self._seen.memory_info().rss < MAX_HELPER_BYTES
        except psutil.Error:
            return False

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


class HelperPool:
    """At least one helper once warm, up to MAX_HELPERS while they are needed. For any number of threads."""

    def __init__(self) -> None:
        self._free: deque[Helper] = deque()
        self._num_helpers = 0
        self._has_answered = False  # a second helper beside one that still imports torch would only slow it down
        self._changed = threading.Condition()

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """The result of `method`. Raises the UserError that the helper answered, or `engine.*` with status 503."""
        helper = self._take()
        answer: dict[str, Any] | None = None
        try:
            answer = helper.call(method, params)
        except TimeoutError as error:
            raise UserError("engine.timeout", status=503, limit=int(CALL_SECONDS)) from error
        except HelperGone as error:
            raise UserError("engine.died", status=503) from error
        finally:
            self._give(helper, usable=answer is not None)
        if "error" in answer:
            raise user_error(answer["error"])
        return answer["result"]

    def close(self) -> None:
        with self._changed:
            while self._free:
                self._free.pop().end()
                self._num_helpers -= 1

    def _take(self) -> Helper:
        with self._changed:
            if not self._free and self._num_helpers:
                patience = PATIENCE_SECONDS if self._has_answered else START_SECONDS
                self._changed.wait_for(lambda: bool(self._free) or not self._num_helpers, timeout=patience)
            if not self._free and self._num_helpers >= MAX_HELPERS:
                self._changed.wait_for(
                    lambda: bool(self._free) or self._num_helpers < MAX_HELPERS, timeout=CALL_SECONDS
                )
            if self._free:
                return self._free.pop()
            if self._num_helpers >= MAX_HELPERS:
                raise UserError("engine.busy", status=503, seconds=5)
            self._num_helpers += 1
        return Helper()

    def _give(self, helper: Helper, *, usable: bool) -> None:
        keep = usable and helper.is_fit()
        if not keep:
            helper.end()
        with self._changed:
            if keep:
                self._free.append(helper)
                self._has_answered = True
            else:
                self._num_helpers -= 1
            surplus = self._num_helpers > 1
            self._changed.notify()
        if surplus:
            timer = threading.Timer(IDLE_SECONDS, self._end_idle)
            timer.daemon = True
            timer.start()

    def _end_idle(self) -> None:
        """End the helpers beyond the first that nobody has needed for a while; the one used last is at the right."""
        with self._changed:
            while self._num_helpers > 1 and self._free:
                if time.monotonic() - self._free[0].idle_since < IDLE_SECONDS:
                    break
                self._free.popleft().end()
                self._num_helpers -= 1


def user_error(error: dict[str, Any]) -> UserError:
    """The error that another process answered with, to be raised here."""
    if error["code"] == "internal":
        log.error("a helper failed:\n%s", error.get("details", ""))
        return UserError("engine.failed", status=500)
    problems = [user_error(problem) for problem in error.get("problems", [])]
    return UserError(
        error["code"],
        path=error.get("path", ""),
        status=error.get("status", 400),
        problems=problems,
        **error.get("fields", {}),
    )
