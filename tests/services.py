"""Debian's own PostgreSQL and Redis, started by a test in a folder of its own and stopped with it."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of its own; yields its DATABASE_URL. It refuses to run as root, so root hands it over."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    data, port = folder / "postgres", free_port()
    data.mkdir(parents=True)
    as_user: list[str] = []
    if os.geteuid() == 0:
        for path in (data, *data.parents):
            if path.stat().st_mode & 0o001 == 0 and path != data:
                path.chmod(path.stat().st_mode | 0o011)
        shutil.chown(data, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [*as_user, binaries / "initdb", "-D", data, "-U", "layerloom", "-A", "trust", "--no-sync"],
        check=True,
        capture_output=True,
        env=environment,
        cwd="/",
    )
    server = subprocess.Popen(
        [*as_user, binaries / "postgres", "-D", data, "-p", str(port), "-k", "", "-h", "127.0.0.1"],
        stdout=(folder / "postgres.log").open("wb"),
        stderr=subprocess.STDOUT,
        env=environment,
        cwd="/",
    )
    try:
        _wait_for(port, server)
        address = ["-h", "127.0.0.1", "-p", str(port), "-U", "layerloom"]
        while subprocess.run([binaries / "pg_isready", "-q", *address], check=False).returncode:
            time.sleep(0.05)  # it listens before it has started up
        subprocess.run([binaries / "createdb", *address, "layerloom"], check=True)
        yield f"postgres://layerloom@127.0.0.1:{port}/layerloom"
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis server of its own; yields its REDIS_URL."""
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""],
        stdout=(folder / "redis.log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
