"""`manage.py up` on real processes: one line, one stack a directory, back after a crash, gone when told."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.product import ROOT, Product, free_port

FEW = "bus,web"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Bus, web and the waiting model server: enough to see how processes are kept."""
    running = Product(tmp_path_factory.mktemp("few"), only=f"{FEW},model_server")
    yield running
    running.stop()


def wait_for_status(url: str, seconds: float = 30) -> int:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(url, timeout=seconds).status_code
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_one_line_is_printed_and_its_link_signs_in_once(few: Product) -> None:
    assert len(few.lines) == 1, few.output()
    first, second = httpx.Client(follow_redirects=True), httpx.Client(follow_redirects=True)
    landed = first.get(few.owner_link)
    assert landed.url.path == "/"
    assert first.get(f"{few.url}/api/v1/me/").json()["user"]["is_owner"] is True
    assert str(second.get(few.owner_link).url) == f"{few.url}/sign-in?problem=link"
    assert second.get(f"{few.url}/api/v1/me/").status_code == 401


def test_second_start_on_one_directory_says_so_and_leaves(few: Product) -> None:
    other = {**few.environment, "LAYERLOOM_PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=other,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert str(few.data_dir) in done.stderr
    assert f"process {few.process.pid}" in done.stderr
    assert done.stdout == ""
    assert wait_for_status(f"{few.url}/healthz") == 200


def test_store_that_cannot_be_reached_is_said_and_nothing_stays(tmp_path: Path) -> None:
    nowhere = f"postgres://nobody@127.0.0.1:{free_port()}/layerloom"
    environment = {**os.environ, "LAYERLOOM_DATA": str(tmp_path), "DATABASE_URL": nowhere}
    command = [sys.executable, "manage.py", "up"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "The store could not be prepared" in done.stderr
    assert "Connection refused" in done.stderr
    assert "Traceback" not in done.stderr
    left = [
        process
        for process in psutil.process_iter(["environ"])
        if (process.info["environ"] or {}).get("DATABASE_URL") == nowhere
    ]
    assert left == []


def test_killed_web_process_comes_back_and_refuses_no_connection(few: Product) -> None:
    (killed,) = few.pids("builder.processes.web")
    os.kill(killed, signal.SIGKILL)
    with socket.create_connection(("localhost", few.port), timeout=60) as waiting:
        waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in waiting.recv(100)
    assert few.pids("builder.processes.web") != [killed]


def test_killed_bus_comes_back_with_what_was_in_it(few: Product) -> None:
    (killed,) = few.pids("valkey-server")
    os.kill(killed, signal.SIGKILL)
    assert few.wait_for_pids("valkey-server", other_than=[killed])
    deadline = time.monotonic() + 20
    while httpx.get(f"{few.url}/readyz").status_code != 200:
        assert time.monotonic() < deadline, few.logs()
        time.sleep(0.1)


def test_model_server_starts_at_the_first_connection(few: Product) -> None:
    assert few.pids("manage.py model_server") == []
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(few.data_dir / "run" / "models.sock"))
        assert few.wait_for_pids("manage.py model_server")


def test_web_process_holds_no_torch(few: Product) -> None:
    """After a request to every list; what a process has loaded, the kernel knows."""
    for path in ("projects", "datasets", "runs", "deployments", "templates", "catalogue", "samples", "schema"):
        assert few.api.get(f"{path}/").status_code == 200
    (web,) = few.pids("builder.processes.web")
    libraries = {Path(area.path).name for area in psutil.Process(web).memory_maps()}
    assert not {name for name in libraries if "torch" in name}


def test_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=rf"Port {port} of 127\.0\.0\.1 is taken"):
            Product(tmp_path, only=FEW, port=port)


def test_stop_ends_everything_within_five_seconds(tmp_path: Path) -> None:
    product = Product(tmp_path, only="bus,web,worker,beat")
    product.wait_for_pids("celery")
    started = time.monotonic()
    assert product.stop() == 0
    assert time.monotonic() - started < 5.5
    assert len(product.lines) == 1, product.output()


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    product = Product(tmp_path, only=FEW)
    family = product.processes()
    assert len(family) >= 3
    product.process.kill()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    again = Product(tmp_path, only=FEW)
    assert "/accounts/link/" in again.first_page
    again.stop()
