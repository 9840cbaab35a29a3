"""A training process: `python -m trainer.child`, spawned ahead of need, spoken to over pipes.

It imports torch, does one dummy step, says `ready` and waits. It leaves by itself when its standard input ends, so it
cannot outlive its worker. One child trains one run.
"""

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping

log = logging.getLogger(__name__)

READ_BYTES = 1 << 16
TAIL_LINES = 60


class ChildProcess:
    """The child as its slot sees it. Spawn it from a thread that lives as long as the child should."""

    module = "trainer.child"

    def __init__(self, *, num_threads: int, environment: Mapping[str, str]) -> None:
        receive, give = os.pipe()
        os.set_blocking(receive, False)
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(give,),
            start_new_session=True,
            env={
                **os.environ,
                **environment,
                "LAYERLOOM_EVENT_FD": str(give),
                "OMP_NUM_THREADS": str(num_threads),
            },
        )
        os.close(give)
        self._events = receive
        self._selector = selectors.DefaultSelector()
        self._selector.register(receive, selectors.EVENT_READ)
        self._rest = b""
        self._output: deque[str] = deque(maxlen=TAIL_LINES)
        self.is_ready = False
        self.is_over = False
        self._has_ended = False
        threading.Thread(target=self._keep_output, name=f"output-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, command: str, **fields: object) -> None:
        """Write a command. A child that has died meanwhile shows in `is_over`, not here."""
        try:
            self._process.stdin.write(json.dumps({"command": command, **fields}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            log.info("child %s does not read any more", self.pid)

    def events(self, timeout: float) -> list[dict]:
        """What the child has reported, waiting at most `timeout` seconds for it. `is_over` once its end is closed."""
        if self.is_over or not self._selector.select(timeout):
            return []
        try:
            data = os.read(self._events, READ_BYTES)
        except BlockingIOError:
            return []
        if not data:
            self.is_over = True
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        events = [json.loads(line) for line in lines if line]
        if any(event["type"] == "ready" for event in events):
            self.is_ready = True
        return [event for event in events if event["type"] != "ready"]

    def wait_until_ready(self, timeout: float) -> bool:
        """Look whether the child is ready and still there; wait for `ready` for at most `timeout` seconds."""
        until = time.monotonic() + timeout
        while True:
            left = 0.0 if self.is_ready else max(0.0, until - time.monotonic())
            self.events(left)
            if self.is_ready or self.is_over or not left:
                return self.is_ready

    def last_output(self) -> str:
        return "".join(self._output)

    def end(self) -> int:
        """Kill the child and whatever it started, and give everything of it back. Each time answers its exit status."""
        if self._has_ended:
            return self._process.returncode
        self._has_ended = True
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("child %s has left by itself", self.pid)
        status = self._process.wait()
        self._selector.close()
        os.close(self._events)
        self._process.stdin.close()
        self.is_over = True
        return status

    def _keep_output(self) -> None:
        with self._process.stdout as stream:
            for line in stream:
                text = line.decode(errors="replace")
                self._output.append(text)
                log.info("child %s: %s", self.pid, text.rstrip())
