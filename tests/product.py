"""The whole product as a person starts it: `manage.py up` on a data directory and a port of its own."""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[1]
logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request drowns what a failure has to say
START_SECONDS = 120
OWNER_EMAIL = "owner@localhost"


class Product:
    """Started on construction; `stop()` it, or use `running_product()`.

    `api` is an httpx client signed in as the owner, by `token` or a new one; `owner_link` is the one-time link that was
    printed.
    """

    def __init__(
        self, data_dir: Path, *, only: str = "", port: int | None = None, token: str = "", **environment: str
    ) -> None:
        self.data_dir = Path(data_dir)
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "builder.settings",
            "LAYERLOOM_DATA": str(self.data_dir),
            "LAYERLOOM_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        arguments = [sys.executable, "manage.py", "up", *(["--only", only] if only else [])]
        self.process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._token = token
        self._api: httpx.Client | None = None
        self.lines: list[str] = []
        self._first_line = threading.Event()
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._reader.start()
        if not self._first_line.wait(START_SECONDS) or not self.first_page:
            self.stop()
            raise RuntimeError(f"manage.py up did not start:\n{self.output()}\n{self.logs()}")

    def _read_output(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("Layerloom"):
                self._first_line.set()
        self._first_line.set()

    @property
    def first_page(self) -> str:
        """The address that was printed, or the empty string."""
        found = re.search(r"^Layerloom(?: runs)?: (\S+)", self.output(), re.MULTILINE)
        return found[1] if found else ""

    @property
    def owner_link(self) -> str:
        assert "/accounts/link/" in self.first_page, f"no one-time link was printed:\n{self.output()}"
        return self.first_page

    @property
    def token(self) -> str:
        """The owner's; of use to a product that is started later on the same data, too."""
        self._token = self._token or self.manage("create_token", OWNER_EMAIL).strip()
        return self._token

    @property
    def api(self) -> httpx.Client:
        if self._api is None:
            self._api = httpx.Client(
                base_url=f"{self.url}/api/v1/", headers={"Authorization": f"Bearer {self.token}"}, timeout=60
            )
        return self._api

    def output(self) -> str:
        return "\n".join(self.lines)

    def logs(self, name: str = "*") -> str:
        """What the processes wrote to their logs."""
        return "\n".join(
            f"== {path.name}\n{path.read_text(errors='replace')}"
            for path in sorted((self.data_dir / "log").glob(f"{name}.log"))
        )

    def manage(self, *arguments: str) -> str:
        """What a management command prints, run on this product's data."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def processes(self) -> list[psutil.Process]:
        """The supervisor and all that descends from it."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def pids(self, words: str) -> list[int]:
        """The processes whose command line contains `words`: "train_worker", "valkey-server", "trainer.child"."""
        found = []
        for process in self.processes()[1:]:
            try:
                if words in " ".join(process.cmdline()):
                    found.append(process.pid)
            except psutil.NoSuchProcess:
                continue
        return found

    def wait_for_pids(self, words: str, *, other_than: list[int] | None = None, seconds: float = 60) -> list[int]:
        """The processes with `words`, as soon as there is one that is none of `other_than`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := [pid for pid in self.pids(words) if pid not in (other_than or [])]:
                return found
            time.sleep(0.05)
        raise TimeoutError(f"no process with {words!r}:\n{self.logs()}")

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM, and the return code. What is left after `seconds` is killed, and that raises."""
        if self._api is not None:
            self._api.close()
        family = [] if self.process.poll() is not None else self.processes()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=seconds)
        for process in alive:
            process.kill()
        self.process.wait()
        self._reader.join(5)
        assert not alive, f"still running {seconds} s after SIGTERM: {alive}"
        return self.process.returncode


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_product(data_dir: Path, **options) -> Iterator[Product]:
    product = Product(data_dir, **options)
    try:
        yield product
    finally:
        product.stop()
