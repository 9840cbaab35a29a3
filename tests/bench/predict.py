"""Prediction against FastAPI and LitServe: `python -m tests.bench.predict [--smoke]`, as JSON.

Every server runs one process on the first core and serves the same bundle in the same ONNX Runtime session; `wrk` asks
from the second. Ours is the whole web process, with keys, counts and the request log. Ours and the rival take turns,
and what counts is the median of the ratios of neighbouring turns.
"""

import argparse
import base64
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil

from tests.bundles import FLOWER
from tests.services import free_port
from trainer.data.images import encode_png

GOALS = {"fastapi": 3.0, "litserve": 5.0}  # times as many requests a second, at 64 connections
CONNECTIONS = (1, 64)
START_SECONDS = 60
WEB = """
import os, socket
listener = socket.create_server(("127.0.0.1", {port}), backlog=512)
os.environ["LISTEN_FD"] = str(listener.fileno())
os.environ["PREPARED_FD"] = str(os.open(os.devnull, os.O_RDONLY))
from builder.processes.web import main
main()
"""


@dataclass(frozen=True)
class Server:
    url: str
    authorization: str = ""
    pid: int = 0

    def cpu_seconds(self) -> float:
        """What the server and all its processes have spent so far."""
        process = psutil.Process(self.pid)
        times = [part.cpu_times() for part in (process, *process.children(recursive=True))]
        return sum(time.user + time.system for time in times)


@dataclass(frozen=True)
class Turn:
    requests_per_second: float
    p50_ms: float
    cpu_ms: float  # of the server, a request: what stays the same on a busy machine


def body_of(kind: str) -> str:
    """One row, as a client sends it."""
    if kind == "flowers":
        return json.dumps({"instances": [FLOWER]})
    pixels = np.clip(np.random.default_rng(0).normal(60, 80, (28, 28, 1)), 0, 255).astype(np.uint8)
    return json.dumps({"instances": [{"image": base64.b64encode(encode_png(pixels)).decode()}]})


@contextmanager
def running(command: list[str], environment: dict[str, str], server: Server, body: str) -> Iterator[Server]:
    """The server in a session of its own on the first core, once it answers."""
    process = subprocess.Popen(
        pinned(0, command), env=os.environ | environment, start_new_session=True, stdout=sys.stderr, stderr=sys.stderr
    )
    try:
        wait_until_it_answers(server, body, process)
        server = replace(server, pid=process.pid)
        wait_until_it_rests(server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_it_answers(server: Server, body: str, process: subprocess.Popen) -> None:
    headers = {"Content-Type": "application/json", "Authorization": server.authorization}
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(server.url, body.encode(), headers)) as answer:
                assert json.load(answer)["predictions"]
            return
        except OSError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.2)


def wait_until_it_rests(server: Server) -> None:
    """Until what it starts in the background is done: three quiet seconds in a row."""
    spent, num_quiet = server.cpu_seconds(), 0
    while num_quiet < 3:
        time.sleep(1)
        before, spent = spent, server.cpu_seconds()
        num_quiet = num_quiet + 1 if spent - before < 0.05 else 0


def pinned(core: int, command: list[str]) -> list[str]:
    return ["taskset", "-c", str(core % (os.cpu_count() or 1)), *command]


@contextmanager
def ours(kind: str, folder: Path, body: str) -> Iterator[tuple[Server, Path]]:
    """Our web process over a data directory of its own, and the folder of the bundle it serves."""
    environment = {"LAYERLOOM_DATA": str(folder), "LAYERLOOM_LOG_LEVEL": "WARNING", "OMP_NUM_THREADS": "1"}
    site = [sys.executable, "-m", "tests.bench.predict_site", kind]
    made = subprocess.run(site, env=os.environ | environment, capture_output=True, text=True, check=True)
    deployment = json.loads(made.stdout.splitlines()[-1])
    (bundle,) = folder.glob("files/deployments/*/1-1")
    port = free_port()
    server = Server(f"http://127.0.0.1:{port}/api/v1/predict/{deployment['slug']}/", f"Bearer {deployment['key']}")
    with running([sys.executable, "-c", WEB.format(port=port)], environment, server, body) as started:
        yield started, bundle


@contextmanager
def rival(name: str, bundle: Path, body: str) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.predict_rivals", name, str(bundle), str(port)]
    server = Server(f"http://127.0.0.1:{port}/predict")
    with running(command, {"OMP_NUM_THREADS": "1"}, server, body) as started:
        yield started


def ask(server: Server, connections: int, seconds: int, script: Path) -> Turn:
    """`wrk` on the second core. A single answer that is not 200 ends the bench."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), server.url]
    environment = os.environ | {"AUTHORIZATION": server.authorization}
    before = server.cpu_seconds()
    text = subprocess.run(pinned(1, command), env=environment, capture_output=True, text=True, check=True).stdout
    spent = server.cpu_seconds() - before
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(text)
    value, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)\b", text).groups()
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    count = int(re.search(r"(\d+) requests in", text)[1])
    return Turn(rate, round(float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit], 3), spent / max(count, 1) * 1000)


def compare(mine: Server, other: Server, connections: int, rounds: int, seconds: int, script: Path) -> dict:
    turns = [(ask(mine, connections, seconds, script), ask(other, connections, seconds, script)) for _ in range(rounds)]
    ratios = [a.requests_per_second / b.requests_per_second for a, b in turns]
    return {
        "connections": connections,
        "ours_requests_per_second": round(statistics.median(a.requests_per_second for a, _ in turns), 1),
        "theirs_requests_per_second": round(statistics.median(b.requests_per_second for _, b in turns), 1),
        "ours_p50_ms": statistics.median(a.p50_ms for a, _ in turns),
        "theirs_p50_ms": statistics.median(b.p50_ms for _, b in turns),
        "ours_cpu_ms": round(statistics.median(a.cpu_ms for a, _ in turns), 3),
        "theirs_cpu_ms": round(statistics.median(b.cpu_ms for _, b in turns), 3),
        "cpu_ratio": round(statistics.median(b.cpu_ms / a.cpu_ms for a, b in turns), 2),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
    }


def bench(kind: str, rounds: int, seconds: int, folder: Path) -> dict:
    """Ours against each rival, at one and at many connections."""
    body = body_of(kind)
    script = folder / f"{kind}.lua"
    script.write_text(
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        'wrk.headers["Authorization"] = os.getenv("AUTHORIZATION")\n'
        f"wrk.body = {json.dumps(body)}\n"
    )
    results: dict[str, list[dict]] = {}
    with ExitStack() as stack:
        mine, bundle = stack.enter_context(ours(kind, folder / kind, body))
        for name in GOALS:
            with rival(name, bundle, body) as other:
                for server in (mine, other):
                    ask(server, max(CONNECTIONS), seconds, script)  # warm both
                results[name] = [compare(mine, other, n, rounds, seconds, script) for n in CONNECTIONS]
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="one short round, to see that it runs")
    smoke = parser.parse_args().smoke
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    rounds, seconds = (1, 1) if smoke else (7, 3)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        results = {kind: bench(kind, rounds, seconds, folder) for kind in ("flowers", "pictures")}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    reached = {name: results["flowers"][name][-1]["ratio"] >= goal for name, goal in GOALS.items()}
    facts = {"cores": os.cpu_count(), "smoke": smoke}
    print(json.dumps({"bench": "predict", **facts, "goals": GOALS, "reached": reached, "results": results}, indent=1))


if __name__ == "__main__":
    main()
